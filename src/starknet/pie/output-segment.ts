import { isFelt } from '../felt.ts';
import type { Segment } from './pie-documents.ts';
import { invalidPie } from './pie-error.ts';
import { CELL_BYTES, decodeCell, segmentOfRecord } from './pie-format.ts';

/**
 * The words of the output builtin's segment, picked out of `memory.bin` as it passes by. Its records are in no order, and
 * a real one has tens of millions.
 *
 * @throws OrchestratorError PIE_INVALID when the segment's words are not complete, not unique or not felts
 */
export async function collectOutput(memory: AsyncIterable<Buffer>, { index, size }: Segment): Promise<bigint[]> {
  const words = new Array<bigint | undefined>(size).fill(undefined);
  let found = 0;
  for await (const records of wholeRecords(memory)) {
    const view = new DataView(records.buffer, records.byteOffset, records.byteLength);
    for (let start = 0; start < records.length; start += CELL_BYTES) {
      if (segmentOfRecord(view, start) !== index) continue;
      const { offset, value } = decodeCell(view, start);
      if (typeof value !== 'bigint')
        throw invalidPie('OutputSegmentUnexpectedRelocatable', `output word ${offset} is an address, not a felt`);
      if (!isFelt(value))
        throw invalidPie('ProgramOutputCompute', `output word ${offset} is not below the field prime`);
      if (offset >= size)
        throw invalidPie(
          'OutputSegmentInvalidRange',
          `the output segment has a word at ${offset}, beyond its size of ${size}`,
        );
      if (words[offset] !== undefined)
        throw invalidPie('OutputSegmentInconsistentOffset', `output word ${offset} is there twice`);
      words[offset] = value;
      found++;
    }
  }
  if (found === 0 && size > 0)
    throw invalidPie('OutputSegmentNotFound', `memory.bin has no cell of the output segment ${index}`);
  return words.map((word, offset) => {
    if (word === undefined)
      throw invalidPie('OutputSegmentInconsistentOffset', `output word ${offset} of ${size} is missing`);
    return word;
  });
}

/** The same bytes in pieces that end where a record ends. */
async function* wholeRecords(memory: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of memory) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = bytes.length - (bytes.length % CELL_BYTES);
    yield bytes.subarray(0, end);
    rest = bytes.subarray(end);
  }
}
