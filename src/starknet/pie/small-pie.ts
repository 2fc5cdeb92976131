import { buffer } from 'node:stream/consumers';
import { ZipFile } from 'yazl';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { FELT_PRIME, isFelt } from '../felt.ts';
import { encodeMemory, type MemoryCell } from './pie-format.ts';

export { readPieOutput, readPieSteps } from './read-pie.ts';

/*
 * Cairo instructions: three 16-bit offsets biased by 2^15, then the flags. The program writes one output word after
 * the other through its only argument, the output pointer, and returns the pointer past the last:
 *
 *     [ap] = word; ap++                 and        [ap - 1] = [[fp - 3] + i]          for word i
 *     [ap] = [fp - 3] + n; ap++
 *     ret
 */
const PUSH_IMMEDIATE = 0x480680017fff8000n;
const STORE_AT_OUTPUT = 0x400280007ffd7fffn;
const PUSH_OUTPUT_POINTER_PLUS = 0x482680017ffd8000n;
const RETURN = 0x208b7fff7fff7ffen;

/** Offsets in an instruction have 16 bits with a sign. */
const MAX_WORDS = 32_767;

const PROGRAM = 0;
const EXECUTION = 1;
const OUTPUT = 2;
const RETURN_FP = 3;
const RETURN_PC = 4;
/** Cells that the caller puts on the stack: output pointer, return fp, return pc. */
const FRAME = 3;

/**
 * A Cairo PIE (version 1.1) of a straight-line program that puts out these words: real memory and counters of a real
 * run, only not of the Starknet OS. The same words give the same bytes.
 *
 * @returns a zip
 * @throws OrchestratorError PIE_INVALID for a word that is no felt or for more than 32,767 words
 */
export async function buildSmallPie(programOutput: readonly bigint[]): Promise<Uint8Array> {
  if (programOutput.length > MAX_WORDS)
    throw new OrchestratorError('PIE_INVALID', `a small PIE holds ${MAX_WORDS} words, not ${programOutput.length}`);
  const bad = programOutput.findIndex((word) => !isFelt(word));
  if (bad >= 0)
    throw new OrchestratorError('PIE_INVALID', `output word ${bad} is not below the field prime`, {
      context: { index: bad },
    });
  const program = programWriting(programOutput);
  const steps = 2 * programOutput.length + 2;
  return zip({
    'metadata.json': Buffer.from(metadataJson(program, programOutput.length)),
    'memory.bin': encodeMemory(memoryOfRun(program, programOutput)),
    'additional_data.json': Buffer.from('{"output_builtin":{"pages":{},"attributes":{}}}'),
    'execution_resources.json': Buffer.from(
      `{"n_steps":${steps},"n_memory_holes":0,"builtin_instance_counter":{"output_builtin":${programOutput.length}}}`,
    ),
    'version.json': Buffer.from('{"cairo_pie":"1.1"}'),
  });
}

function programWriting(output: readonly bigint[]): bigint[] {
  const writes = output.flatMap((word, index) => [PUSH_IMMEDIATE, word, STORE_AT_OUTPUT + (BigInt(index) << 32n)]);
  return [...writes, PUSH_OUTPUT_POINTER_PLUS, BigInt(output.length), RETURN];
}

function memoryOfRun(program: readonly bigint[], output: readonly bigint[]): MemoryCell[] {
  const at = (segment: number, values: readonly MemoryCell['value'][]) =>
    values.map((value, offset) => ({ segment, offset, value }));
  const frame = [OUTPUT, RETURN_FP, RETURN_PC].map((segment) => ({ segment, offset: 0 }));
  const end = { segment: OUTPUT, offset: output.length };
  return [...at(PROGRAM, program), ...at(EXECUTION, [...frame, ...output, end]), ...at(OUTPUT, output)];
}

/** Felts are bare JSON integers in this format, beyond what `JSON.stringify` can write. */
function metadataJson(program: readonly bigint[], words: number): string {
  const segment = (index: number, size: number) => `{"index":${index},"size":${size}}`;
  return (
    `{"program":{"data":[${program.join(',')}],"builtins":["output"],"main":0,"prime":${FELT_PRIME}},` +
    `"program_segment":${segment(PROGRAM, program.length)},"execution_segment":${segment(EXECUTION, FRAME + words + 1)},` +
    `"ret_fp_segment":${segment(RETURN_FP, 0)},"ret_pc_segment":${segment(RETURN_PC, 0)},` +
    `"builtin_segments":{"output":${segment(OUTPUT, words)}},"extra_segments":[]}`
  );
}

async function zip(files: Readonly<Record<string, Uint8Array>>): Promise<Uint8Array> {
  const archive = new ZipFile();
  for (const [name, content] of Object.entries(files)) {
    // The DOS time stamp is local time without a zone, so local midnight gives the same bytes everywhere.
    const options = { mtime: new Date(1980, 0, 1), mode: 0o100644, forceDosTimestamp: true };
    archive.addBuffer(Buffer.from(content.buffer, content.byteOffset, content.byteLength), name, options);
  }
  archive.end();
  return new Uint8Array(await buffer(archive.outputStream));
}
