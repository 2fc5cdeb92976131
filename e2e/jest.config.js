import unit from '../jest.config.js';

/** Real processes, which mostly wait for each other: more files at a time than the machine has cores. */
export default {
  ...unit,
  rootDir: '..',
  roots: ['<rootDir>/e2e'],
  globalSetup: '<rootDir>/e2e/support/services/global-setup.js',
  globalTeardown: '<rootDir>/e2e/support/services/global-teardown.js',
  testSequencer: '<rootDir>/e2e/sequencer.js',
  maxWorkers: 3,
  testTimeout: 300_000,
};
