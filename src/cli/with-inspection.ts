import { resolve } from 'node:path';
import type { Inspection } from '../app/inspection/open-inspection.ts';

/** Opens a data directory for as long as `work` runs. */
export async function withInspection<T>(dataDir: string, work: (inspection: Inspection) => Promise<T>): Promise<T> {
  const { openInspection } = await import('../app/inspection/open-inspection.ts');
  const inspection = await openInspection(resolve(dataDir));
  try {
    return await work(inspection);
  } finally {
    await inspection.close();
  }
}
