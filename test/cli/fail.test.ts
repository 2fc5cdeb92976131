import { describe, expect, it } from '@jest/globals';
import { describeFailure } from '../../src/cli/fail.ts';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';

const QUIET = { debug: false, secrets: [] };

describe('what a user sees of an error', () => {
  it('is the message, the cause, the hint and the code', () => {
    const error = new OrchestratorError('NODE_UNREACHABLE', 'The node is down.', {
      cause: new Error('connect ECONNREFUSED'),
      hint: 'Start it.',
    });
    expect(describeFailure(error, QUIET)).toEqual({
      text: 'orchestrator: The node is down.\n  cause: connect ECONNREFUSED\n  Start it.\n  (NODE_UNREACHABLE)',
      exitCode: 2,
    });
  });

  it('has no secret in it, with or without --debug', () => {
    const error = new OrchestratorError('CONFIG_INVALID', 'https://node/my-key and hunter2hunter2');
    for (const debug of [false, true]) {
      const { text } = describeFailure(error, { debug, secrets: ['hunter2hunter2'] });
      expect(text).not.toMatch(/my-key|hunter2/);
    }
  });

  it.each([
    'CONFIG_INVALID',
    'USAGE',
    'IDENTITY_MISMATCH',
    'SCHEMA_UNSUPPORTED',
    'DATABASE_CORRUPT',
    'JOB_STATE',
  ] as const)('%s is for the user to put right', (code) => {
    expect(describeFailure(new OrchestratorError(code, 'x'), QUIET).exitCode).toBe(2);
  });

  it('of an unexpected error is that it is a fault of the program', () => {
    const { text, exitCode } = describeFailure(new TypeError('x is undefined'), QUIET);
    expect(text).toContain('unexpected error: x is undefined');
    expect(text).not.toContain('fail.test.ts');
    expect(exitCode).toBe(1);
  });
});
