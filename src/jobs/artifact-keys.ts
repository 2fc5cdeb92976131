/** Keys of a block range's artifacts in the object store; all begin with the range's first block. */
export interface ArtifactKeys {
  /** Cairo PIE, zip. */
  readonly cairoPie: string;
  /** OS output as a JSON array of hex felts. */
  readonly snosOutput: string;
  /** OS output as bincode: u64 little-endian count, then 32 big-endian bytes a word. */
  readonly programOutput: string;
  /** n x 131,072 bytes, whatever the extension says: the name is that of existing deployments. */
  readonly blobData: string;
}

export function artifactKeys(startBlock: number): ArtifactKeys {
  return {
    cairoPie: `${startBlock}/cairo_pie.zip`,
    snosOutput: `${startBlock}/snos_output.json`,
    programOutput: `${startBlock}/program_output.txt`,
    blobData: `${startBlock}/blob_data.txt`,
  };
}
