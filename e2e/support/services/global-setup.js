import { startKeeper } from './keeper-process.ts';

// biome-ignore lint/style/noDefaultExport: jest calls the default export before the first test file.
export default async function setUp() {
  // The teardown runs in the same process, and jest keeps nothing else for it.
  globalThis.orchestratorServicesKeeper = await startKeeper();
}
