import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import { createLog, type LogOptions } from '../../src/telemetry/pino-log.ts';
import { hostOnly, redact } from '../../src/telemetry/redact.ts';

const KEY = `0x${'a1'.repeat(32)}`;

function logTo(lines: string[], options: Partial<LogOptions> = {}) {
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  return createLog({
    level: 'info',
    format: 'json',
    destination,
    secrets: [KEY, 'https://node.example/v2/secret-path'],
    colour: false,
    stacks: false,
    ...options,
  });
}

describe('the log', () => {
  it('writes one JSON object a line, with fields and level', () => {
    const lines: string[] = [];
    logTo(lines).child({ block: 7 }).info({ job: 'SnosRun' }, 'done');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 30, block: 7, job: 'SnosRun', msg: 'done' });
  });

  it('leaves out what is below its level', () => {
    const lines: string[] = [];
    const log = logTo(lines, { level: 'warn' });
    log.info({}, 'no');
    log.warn({}, 'yes');
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['yes']);
  });

  it('shows neither keys nor what follows the host of a URL, wherever they stand', () => {
    const lines: string[] = [];
    const log = logTo(lines);
    const error = new OrchestratorError('NODE_UNREACHABLE', `no answer from https://node.example/v2/secret-path`, {
      cause: new Error(`signer ${KEY.slice(2)}`),
      context: { url: 'https://user:pass@other.example/?key=1' },
    });
    log.error({ err: error, privateKey: 'short', deep: { apiKey: 'short2' } }, `with ${KEY.toUpperCase()}`);
    const text = lines.join('');
    expect(text).not.toMatch(/secret-path|user:pass|key=1|short/);
    expect(text.toLowerCase()).not.toContain(KEY.slice(2));
    expect(text).toContain('https://node.example/...');
    expect(JSON.parse(text).err).toMatchObject({ code: 'NODE_UNREACHABLE', cause: { message: 'signer [secret]' } });
    expect(JSON.parse(text).err.stack).toBeUndefined();
  });

  it('shows stacks where that is asked for', () => {
    const lines: string[] = [];
    logTo(lines, { stacks: true }).error({ err: new Error('broken') }, 'oops');
    expect(JSON.parse(lines[0] ?? '').err.stack).toContain('log.test.ts');
  });

  it('writes lines for people', () => {
    const lines: string[] = [];
    logTo(lines, { format: 'pretty' }).info({ block: 7 }, `settled ${KEY}`);
    expect(lines.join('')).toMatch(/INFO.*settled \[secret\]/);
    expect(lines.join('')).toContain('block: 7');
  });
});

describe('redaction', () => {
  it.each([
    ['http://localhost:8545', 'http://localhost:8545'],
    ['http://localhost:8545/', 'http://localhost:8545'],
    ['https://eth.example/v3/abc', 'https://eth.example/...'],
    ['mongodb://me:pw@db:27017/jobs', 'mongodb://db:27017/...'],
    ['not a url', 'not a url'],
  ])('%s becomes %s', (url, shown) => {
    expect(hostOnly(url)).toBe(shown);
  });

  it('leaves other hashes alone', () => {
    const hash = `0x${'b2'.repeat(32)}`;
    expect(redact(`tx ${hash}`, [KEY])).toBe(`tx ${hash}`);
  });
});
