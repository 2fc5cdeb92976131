import unit from '../jest.config.js';

/** Real processes, one test file at a time: they share the machine's two cores with everything they start. */
export default {
  ...unit,
  rootDir: '..',
  roots: ['<rootDir>/e2e'],
  globalSetup: '<rootDir>/e2e/support/services/global-setup.js',
  globalTeardown: '<rootDir>/e2e/support/services/global-teardown.js',
  maxWorkers: 1,
  testTimeout: 300_000,
};
