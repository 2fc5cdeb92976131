export { encodeOsOutput } from './os-output-encode.ts';
export type { KzgSection, LegacyOsOutput, OsOutput } from './os-output-fields.ts';
export { parseLegacyOsOutput, parseOsOutput } from './os-output-parse.ts';
export { validateOsOutput } from './os-output-validate.ts';
