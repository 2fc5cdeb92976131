import { invalidPie } from './pie-error.ts';

/*
 * A Cairo PIE is a zip of `metadata.json`, `memory.bin`, `additional_data.json`, `execution_resources.json` and
 * `version.json`. `memory.bin` is a list of records in any order: an address of 8 bytes and a value of 32 bytes, both
 * little-endian. Bit 63 of an address is set, bits 47 to 62 are the segment, the others the offset. A value whose bit
 * 255 is set is an address as well.
 */

/** Bytes of one record in `memory.bin`. */
export const CELL_BYTES = 40;
const ADDRESS_BYTES = 8;
const OFFSET_BITS = 47n;
const ADDRESS_FLAG = 1n << 63n;
const RELOCATABLE_FLAG = 1n << 255n;

/** Place in the memory of a Cairo run. */
export interface RelocatableAddress {
  readonly segment: number;
  readonly offset: number;
}

export interface MemoryCell extends RelocatableAddress {
  /** A felt, or the address of another cell. */
  readonly value: bigint | RelocatableAddress;
}

/** `memory.bin` of these cells. */
export function encodeMemory(cells: readonly MemoryCell[]): Uint8Array {
  const bytes = new Uint8Array(CELL_BYTES * cells.length);
  const view = new DataView(bytes.buffer);
  cells.forEach((cell, index) => {
    const start = CELL_BYTES * index;
    view.setBigUint64(start, ADDRESS_FLAG | packAddress(cell), true);
    const value = typeof cell.value === 'bigint' ? cell.value : RELOCATABLE_FLAG | packAddress(cell.value);
    for (let limb = 0; limb < 4; limb++)
      view.setBigUint64(start + ADDRESS_BYTES + 8 * limb, BigInt.asUintN(64, value >> BigInt(64 * limb)), true);
  });
  return bytes;
}

/** Segment of the record that starts at `start`, read without bigints: a real PIE has tens of millions of records. */
export function segmentOfRecord(view: DataView, start: number): number {
  const high = view.getUint32(start + 4, true);
  if (high >>> 31 === 0) throw invalidPie('MemoryInvalid', 'memory.bin has a record whose address has no address flag');
  return (high >>> 15) & 0xffff;
}

/** The record that starts at `start`. */
export function decodeCell(view: DataView, start: number): MemoryCell {
  const address = unpackAddress(view.getBigUint64(start, true));
  let value = 0n;
  for (let limb = 3; limb >= 0; limb--)
    value = (value << 64n) | view.getBigUint64(start + ADDRESS_BYTES + 8 * limb, true);
  return { ...address, value: (value & RELOCATABLE_FLAG) === 0n ? value : unpackAddress(value) };
}

function packAddress({ segment, offset }: RelocatableAddress): bigint {
  return (BigInt(segment) << OFFSET_BITS) | BigInt(offset);
}

function unpackAddress(packed: bigint): RelocatableAddress {
  return { segment: Number((packed >> OFFSET_BITS) & 0xffffn), offset: Number(BigInt.asUintN(47, packed)) };
}
