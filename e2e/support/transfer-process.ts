import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { systemClock } from '../../src/clock/system-clock.ts';
import { S3ObjectStore } from '../../src/storage/s3/s3-object-store.ts';

/**
 * Sends an object of so many MiB to S3 and reads it back, both as streams, and prints its peak memory (KiB) before and
 * after: `node transfer-process.ts <endpoint> <region> <bucket> <temporary directory> <MiB>`.
 */
const [endpoint, region = '', bucket = '', temporaryDirectory = '', mib = '0'] = process.argv.slice(2);
const objects = await S3ObjectStore.open({
  access: { endpoint, region },
  bucket,
  temporaryDirectory,
  clock: systemClock,
});
const chunk = Buffer.alloc(256 * 1024, 7);
const content = (count: number): Readable =>
  Readable.from(
    (function* () {
      for (let index = 0; index < count; index += 1) yield chunk;
    })(),
  );

await objects.put('0/warm-up', content(4));
const before = peakKib();
const { sha256, size } = await objects.put('0/cairo_pie.zip', content(Number(mib) * 4));
let read = 0;
for await (const part of await objects.stream('0/cairo_pie.zip')) read += (part as Buffer).length;
process.stdout.write(JSON.stringify({ before, after: peakKib(), size, read, sha256 }));
objects.close();

/** Of this program alone: the peak that the system reports at its end counts the parent before the exec. */
function peakKib(): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
}
