import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ConditionalObjectStore } from '../../src/storage/conditional-object-store.ts';

export interface ObjectStoreUnderTest {
  readonly objects: ConditionalObjectStore;
  dispose(): Promise<void>;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What every ObjectStore must do. */
export function objectStoreSuite(name: string, make: () => Promise<ObjectStoreUnderTest>): void {
  describe(`ObjectStore: ${name}`, () => {
    let subject: ObjectStoreUnderTest;
    let objects: ConditionalObjectStore;

    beforeEach(async () => {
      subject = await make();
      objects = subject.objects;
    });
    afterEach(() => subject.dispose());

    const textOf = async (key: string): Promise<string> => new TextDecoder().decode(await objects.get(key));

    it('gives back what was stored, whole and as a stream, with size and hash', async () => {
      const content = bytesOf('content');
      const info = { key: '7/snos_output.json', size: 7, sha256: hashOf(content) };
      expect(await objects.put('7/snos_output.json', content)).toEqual(info);
      expect(await objects.head('7/snos_output.json')).toEqual(info);
      expect(await textOf('7/snos_output.json')).toBe('content');
      expect((await buffer(await objects.stream('7/snos_output.json'))).toString()).toBe('content');
    });

    it('takes a stream of any size', async () => {
      const chunk = Buffer.alloc(64 * 1024, 7);
      const whole = Buffer.concat(Array.from({ length: 50 }, () => chunk));
      const info = await objects.put('1/cairo_pie.zip', Readable.from(Array.from({ length: 50 }, () => chunk)));
      expect(info).toEqual({ key: '1/cairo_pie.zip', size: whole.length, sha256: hashOf(whole) });
      expect(hashOf(await buffer(await objects.stream('1/cairo_pie.zip')))).toBe(info.sha256);
    });

    it('takes an empty object', async () => {
      await objects.put('1/empty', new Uint8Array());
      expect(await objects.get('1/empty')).toHaveLength(0);
      expect(await objects.head('1/empty')).toMatchObject({ size: 0, sha256: hashOf(new Uint8Array()) });
    });

    it('keeps nothing of a stream that fails, and what was there before', async () => {
      const failing = () =>
        Readable.from(
          (async function* () {
            yield Buffer.from('half');
            throw new Error('source broke');
          })(),
        );
      await expect(objects.put('1/new', failing())).rejects.toThrow('source broke');
      expect(await objects.head('1/new')).toBeUndefined();
      await objects.put('1/old', bytesOf('old'));
      await expect(objects.put('1/old', failing())).rejects.toThrow('source broke');
      expect(await textOf('1/old')).toBe('old');
      expect(await objects.list('')).toEqual(['1/old']);
    });

    it('replaces an object', async () => {
      await objects.put('1/a', bytesOf('first'));
      await objects.put('1/a', bytesOf('second'));
      expect(await textOf('1/a')).toBe('second');
      expect(await objects.list('')).toEqual(['1/a']);
    });

    it('shows every reader one whole object while it is replaced again and again', async () => {
      const contents = Array.from({ length: 4 }, (_, index) => bytesOf(`${index}`.repeat(20_000)));
      const hashes = new Set(contents.map(hashOf));
      const write = async (): Promise<void> => {
        for (const content of contents) await objects.put('1/a', content);
      };
      await write();
      let writing = true;
      const read = async (): Promise<void> => {
        while (writing) expect(hashes).toContain(hashOf(await objects.get('1/a')));
      };
      const reading = Promise.all([read(), read(), read()]);
      for (let round = 0; round < 5; round += 1) await Promise.all([write(), write()]);
      writing = false;
      await reading;
      expect(hashes).toContain((await objects.head('1/a'))?.sha256);
    });

    it('lets one of many writers be the first, and says so to it alone', async () => {
      const claims = Array.from({ length: 6 }, (_, index) => bytesOf(`claim of ${index}`));
      const first = await Promise.all(claims.map((claim) => objects.putIfAbsent('alerts/1', claim)));
      expect(first.filter((isFirst) => isFirst)).toHaveLength(1);
      expect(await textOf('alerts/1')).toBe(`claim of ${first.indexOf(true)}`);
      const again = await Promise.all(claims.map((claim) => objects.putIfAbsent('alerts/1', claim)));
      expect(again).toEqual(first);
      expect(await objects.list('alerts/')).toEqual(['alerts/1']);
      await objects.delete('alerts/1');
      expect(await objects.putIfAbsent('alerts/1', bytesOf('later'))).toBe(true);
      expect(await textOf('alerts/1')).toBe('later');
    });

    it('puts nothing in the place of an object that is there', async () => {
      await objects.put('1/a', bytesOf('there'));
      expect(await objects.putIfAbsent('1/a', bytesOf('other'))).toBe(false);
      expect(await textOf('1/a')).toBe('there');
      await expect(objects.putIfAbsent('../a', bytesOf('x'))).rejects.toMatchObject({ code: 'OBJECT_KEY_INVALID' });
    });

    it('is not changed by whoever holds the bytes', async () => {
      const mine = bytesOf('abc');
      await objects.put('1/a', mine);
      mine.fill(0);
      const read = await objects.get('1/a');
      read.fill(0);
      expect(await textOf('1/a')).toBe('abc');
    });

    it('says so when there is no such object', async () => {
      await objects.put('1/a', bytesOf('a'));
      const missing = { code: 'OBJECT_NOT_FOUND', context: { key: '1/b' } };
      await expect(objects.get('1/b')).rejects.toMatchObject(missing);
      await expect(objects.stream('1/b')).rejects.toMatchObject(missing);
      expect(await objects.head('1/b')).toBeUndefined();
      expect(await objects.head('1/a/deeper')).toBeUndefined();
    });

    it('deletes an object, and does not mind when there is none', async () => {
      await objects.put('1/a', bytesOf('a'));
      await objects.put('1/a.b', bytesOf('b'));
      await objects.delete('1/a');
      await objects.delete('1/a');
      await objects.delete('never/was');
      expect(await objects.head('1/a')).toBeUndefined();
      expect(await textOf('1/a.b')).toBe('b');
      await objects.delete('1/a.b');
      expect(await objects.list('')).toEqual([]);
      await objects.put('1/a', bytesOf('again'));
      expect(await textOf('1/a')).toBe('again');
    });

    it('lists keys by prefix, in order', async () => {
      const keys = ['10/a', '1/b', '1/a', '1/a.x', 'top', 'blob/batch/1/2.txt'];
      for (const key of keys) await objects.put(key, bytesOf(key));
      expect(await objects.list('')).toEqual([...keys].sort());
      expect(await objects.list('1/')).toEqual(['1/a', '1/a.x', '1/b']);
      expect(await objects.list('1')).toEqual(['1/a', '1/a.x', '1/b', '10/a']);
      expect(await objects.list('1/a')).toEqual(['1/a', '1/a.x']);
      expect(await objects.list('blob/batch/')).toEqual(['blob/batch/1/2.txt']);
      expect(await objects.list('nothing/')).toEqual([]);
      expect(await objects.list('../')).toEqual([]);
    });

    it.each([
      '',
      '/',
      '/etc/passwd',
      '../a',
      '1/../../a',
      '1//a',
      '1/',
      './a',
      '1/.hidden',
      '.tmp/a',
      'a\\b',
      'a\0b',
      'a b',
      'x'.repeat(600),
    ])('refuses the key %j', async (key) => {
      const refused = { code: 'OBJECT_KEY_INVALID' };
      await expect(objects.put(key, bytesOf('x'))).rejects.toMatchObject(refused);
      await expect(objects.get(key)).rejects.toMatchObject(refused);
      await expect(objects.stream(key)).rejects.toMatchObject(refused);
      await expect(objects.head(key)).rejects.toMatchObject(refused);
      await expect(objects.delete(key)).rejects.toMatchObject(refused);
      expect(await objects.list('')).toEqual([]);
    });

    it('agrees with a map on every sequence of calls', async () => {
      const key = fc.constantFrom('1/a', '1/b', '2/a', 'a', 'b/c/d');
      const step = fc.oneof(
        fc.record({ kind: fc.constant('put' as const), key, content: fc.uint8Array({ maxLength: 64 }) }),
        fc.record({ kind: fc.constant('delete' as const), key }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
          for (const left of await objects.list('')) await objects.delete(left);
          const model = new Map<string, Uint8Array>();
          for (const one of steps) {
            if (one.kind === 'put') {
              await objects.put(one.key, one.content);
              model.set(one.key, one.content);
            } else {
              await objects.delete(one.key);
              model.delete(one.key);
            }
          }
          expect(await objects.list('')).toEqual([...model.keys()].sort());
          for (const [stored, content] of model) expect(hashOf(await objects.get(stored))).toBe(hashOf(content));
        }),
        { numRuns: 25 },
      );
    });
  });
}
