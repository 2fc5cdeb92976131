import unit from '../jest.config.js';

/** Real processes, one test file at a time: they share the machine's two cores with everything they start. */
export default {
  ...unit,
  rootDir: '..',
  roots: ['<rootDir>/e2e'],
  maxWorkers: 1,
  testTimeout: 300_000,
};
