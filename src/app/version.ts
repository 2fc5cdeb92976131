import { createRequire } from 'node:module';

/** Bare package version, as it stands in documents and on messages. */
export const VERSION: string = (createRequire(import.meta.url)('../../package.json') as { version: string }).version;
