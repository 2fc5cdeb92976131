if (Number.parseInt(process.versions.node, 10) < 24) {
  throw new Error(`The tests need Node 24 or newer; this is ${process.version}. Start them with "npm test".`);
}

/** Tests run as native ES modules; swc only strips the types. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  maxWorkers: 2,
  testTimeout: 180_000,
};
