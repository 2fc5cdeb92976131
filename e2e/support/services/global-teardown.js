import { stopKeeper } from './keeper-process.ts';

// biome-ignore lint/style/noDefaultExport: jest calls the default export after the last test file.
export default async function tearDown() {
  await stopKeeper(globalThis.orchestratorServicesKeeper);
}
