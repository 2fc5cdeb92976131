import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zip } from './zip-files.ts';

export const METADATA =
  '{"program":{"data":[1,2,3],"builtins":["output"],"main":0,"prime":3618502788666131213697322783095070105623107215331596699973092056135872020481},"builtin_segments":{"output":{"index":2,"size":2}}}';
export const ADDITIONAL =
  '{"output_builtin":{"pages":{"1":[1,1]},"attributes":{"gps_fact_topology":[2,1,0,2]}},"pedersen_builtin":[[3,2]]}';
export const RESOURCES = '{"n_steps":72,"n_memory_holes":0,"builtin_instance_counter":{"output_builtin":2}}';

/** Writes archives that would fill the memory of a careless reader; small on disk or not, none of them a proper PIE. */
export async function writeBombs(folder: string): Promise<string[]> {
  const many = (item: string, times: number) => `[${`${item},`.repeat(times)}${item}]`;
  // Hardly compressible, so that only the limits on sizes and counts are left to stop them.
  const felts = (count: number) => {
    let felt = 3n;
    return Array.from({ length: count }, () => {
      felt = (felt * 0x9e3779b97f4a7c15f39cc0605cedc8341082276bf3a27251f86c6a11d0c18e95n) % (1n << 251n);
      return felt;
    });
  };
  const some = felts(100_000).join(',');
  const cells = new Uint8Array(
    Buffer.from(
      felts(4_000)
        .map((felt) => felt.toString(16).padStart(64, '0'))
        .join(''),
      'hex',
    ),
  );
  for (let at = 7; at < cells.length; at += 40) cells[at] = 0x80;
  const numbers = (count: number, item: (number: number) => string) =>
    `[${Array.from({ length: count }, (_, index) => item((index * 7_654_321) % 1_000_000_007))}]`;
  const unneeded = (value: string) => ADDITIONAL.replace('[[3,2]]', value);
  const contents: [string, Uint8Array | string][] = [
    ['memory.bin', new Uint8Array(60 * 2 ** 20)],
    ['memory.bin', Buffer.concat(new Array<Uint8Array>(500).fill(cells))],
    ['metadata.json', ' '.repeat(40 * 2 ** 20)],
    ['metadata.json', `{"program":{"data":[${some},${some},${some},${some}]}}`],
    ['metadata.json', `{"program":{"data":[${some},${some},${some},${some},${some}]}}`],
    ['metadata.json', `{"a":${many(`[1,"${some.slice(0, 600)}"]`, 20_000)}}`],
    ['metadata.json', METADATA.replace('"size":2', '"size":1000000')],
    ['metadata.json', METADATA.replace('"size":2', '"size":99999999999')],
    ['additional_data.json', many('[3,2]', 500_000)],
    [
      'additional_data.json',
      `[${felts(150_000)
        .map((felt) => felt.toString().slice(0, 20))
        .join('],[')}]`,
    ],
    // Pedersen hashes and other things that no reader needs.
    ['additional_data.json', unneeded(numbers(500_000, (number) => `[3,${number}]`))],
    ['additional_data.json', unneeded(numbers(200_000, (number) => `{"${number}":[{}]}`))],
    ['additional_data.json', `{${numbers(200_000, (number) => `"a${number}":[]`).slice(1, -1)},${ADDITIONAL.slice(1)}`],
    ['additional_data.json', many(String(felts(1)[0] ?? 0n), 100_000)],
    ['additional_data.json', '['.repeat(500_000)],
    ['additional_data.json', `{"a":${'[1,'.repeat(100)}`],
    ['additional_data.json', `"${'\\u0041'.repeat(300_000)}"`],
    ['execution_resources.json', '9'.repeat(60_000)],
  ];
  const files: string[] = [];
  for (const [index, [name, content]] of contents.entries()) {
    const path = join(folder, `bomb-${index}.zip`);
    const own = (file: string, usual: Uint8Array | string) => [file, file === name ? content : usual] as const;
    writeFileSync(
      path,
      await zip([
        own('metadata.json', METADATA),
        own('additional_data.json', ADDITIONAL),
        own('execution_resources.json', RESOURCES),
        own('memory.bin', ''),
      ]),
    );
    files.push(path);
  }
  return files;
}
