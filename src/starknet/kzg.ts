/** KZG over BLS12-381 for EIP-4844 blobs. A port: the simulation memoises it, production uses a native library. */
export interface Kzg {
  /** 48-byte commitment of a 131,072-byte blob. */
  commit(blob: Uint8Array): Promise<Uint8Array>;
  /** Proof and value of the blob's polynomial at `z` (32 bytes, big-endian). */
  prove(blob: Uint8Array, z: Uint8Array): Promise<{ readonly proof: Uint8Array; readonly y: Uint8Array }>;
  /** 128 cell proofs of 48 bytes (EIP-7594). */
  cellProofs(blob: Uint8Array): Promise<Uint8Array[]>;
  /** Blob proof for the sidecar of wrapper version 0 (EIP-4844). */
  blobProof(blob: Uint8Array, commitment: Uint8Array): Promise<Uint8Array>;
  verify(commitment: Uint8Array, z: Uint8Array, y: Uint8Array, proof: Uint8Array): Promise<boolean>;
}
