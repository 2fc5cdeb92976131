import { isDuplicateKey } from './mongo-failure.ts';

/** True when the upsert made a document; false when there is one already, also when two came at the same moment. */
export async function unlessExists(upsert: Promise<{ readonly upsertedCount: number }>): Promise<boolean> {
  try {
    return (await upsert).upsertedCount > 0;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}
