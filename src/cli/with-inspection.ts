import type { Inspection } from '../app/inspection/open-inspection.ts';
import { type InfrastructureValues, infrastructureConfig } from '../config/infrastructure-config.ts';

/** Opens an installation for as long as `work` runs. */
export async function withInspection<T>(
  values: InfrastructureValues,
  work: (inspection: Inspection) => Promise<T>,
): Promise<T> {
  const { openInspection } = await import('../app/inspection/open-inspection.ts');
  const inspection = await openInspection(infrastructureConfig(values));
  try {
    return await work(inspection);
  } finally {
    await inspection.close();
  }
}
