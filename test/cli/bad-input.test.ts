import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { orchestrator } from './orchestrator-process.ts';

const KEY = `0x${'11'.repeat(32)}`;
const REGISTRY_KEY = `0x${'22'.repeat(32)}`;
const ADDRESS = `0x${'ab'.repeat(20)}`;
/** Complete, so that the one fault of a test is the only one. Nobody listens at these ports. */
const RUN = [
  ...[
    'run',
    '--simulated-prover',
    '--settle-on-ethereum',
    '--da-on-ethereum',
    '--madara-rpc-url',
    'http://127.0.0.1:1',
  ],
  ...['--ethereum-rpc-url', 'http://127.0.0.1:1', '--ethereum-private-key', KEY, '--l1-core-contract-address', ADDRESS],
  ...['--fact-registry-address', ADDRESS, '--fact-registry-private-key', REGISTRY_KEY],
];

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bad-input-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Elsewhere there is no directory in which nothing can be made. */
const onLinux: (name: string, work: () => Promise<void>) => void =
  process.platform === 'linux' ? it : (name, work) => it.skip(`${name} (skipped: only Linux has /proc)`, work);

function words(line: string): string[] {
  return line.split(' ');
}

function withoutFlag(name: string): string[] {
  const at = RUN.indexOf(name);
  return RUN.filter((_, index) => index !== at && index !== at + 1);
}

describe('bad input ends with exit code 2 and a sentence', () => {
  it.each<[string, string[], string]>([
    [
      'an unknown flag',
      [...RUN, '--snos-job-bufer-size', '5'],
      'Unknown flag --snos-job-bufer-size; did you mean --snos-job-buffer-size?',
    ],
    ['a flag that nothing resembles', ['dev', '--xyzzy'], 'Unknown flag --xyzzy.'],
    ['an unknown command', ['stats'], 'Unknown argument stats; did you mean status?'],
    ['no command', [], 'No command is given.'],
    ['a flag without its value', ['run', '--port'], '--port needs a value.'],
    ['a flag that is given twice', [...RUN, '--port', '1', '--port', '2'], '--port is given more than once.'],
    [
      'a bad number',
      [...RUN, '--snos-job-buffer-size', '5x'],
      '--snos-job-buffer-size (MADARA_ORCHESTRATOR_SNOS_JOB_BUFFER_SIZE) is "5x": it must be a whole number from 1 to 100000.',
    ],
    [
      'a bad address',
      [...withoutFlag('--l1-core-contract-address'), '--l1-core-contract-address', '0x1234'],
      '--l1-core-contract-address (MADARA_ORCHESTRATOR_L1_CORE_CONTRACT_ADDRESS) is "0x1234": it must be an Ethereum address: 0x and 40 hex digits.',
    ],
    [
      'no Starknet node',
      withoutFlag('--madara-rpc-url'),
      '--madara-rpc-url (MADARA_ORCHESTRATOR_MADARA_RPC_URL) is missing: JSON-RPC of the Starknet node whose blocks are settled.',
    ],
    [
      'flags that contradict each other',
      [...RUN, '--min-block-to-process', '9', '--max-block-to-process', '3'],
      '--max-block-to-process (MADARA_ORCHESTRATOR_MAX_BLOCK_NO_TO_PROCESS) is 3, below --min-block-to-process (MADARA_ORCHESTRATOR_MIN_BLOCK_NO_TO_PROCESS), which is 9.',
    ],
    [
      'a service of AWS without AWS',
      [...RUN, '--aws-sqs', '--aws-region', 'eu-west-1'],
      '--aws-sqs needs --aws: add it.',
    ],
    [
      'the command line of existing deployments',
      words('run --atlantic --aws --settle-on-ethereum --aws-s3 --aws-sqs --aws-sns --da-on-ethereum --mongodb'),
      'The Atlantic prover (--atlantic) is not built yet: use --simulated-prover with --fact-registry-address and --fact-registry-private-key, which proves nothing and is for development networks.',
    ],
    [
      'a switch that is neither on nor off',
      ['status', '--debug=maybe'],
      '--debug is "maybe": it must be true or false.',
    ],
    ['a switch without its text', ['status', '--debug='], '--debug needs a value: true or false.'],
    [
      'a switch of run that is neither on nor off',
      [...RUN, '--settle-on-ethereum=maybe'],
      '--settle-on-ethereum is "maybe": it must be true or false.',
    ],
    [
      'a transaction hash that is too short',
      ['decode', 'tx', '0x1234'],
      '0x1234 is no transaction hash, which has 64 hex digits after 0x, and there is no such file.',
    ],
    [
      'a seed for a recorded chain',
      ['dev', '--recorded', 'x', '--seed', '1'],
      '--seed is for a generated chain, --recorded for another: give only one of them.',
    ],
    ['a bad block', ['explain', 'latest'], '<block> is "latest": it must be a block number.'],
    ['a missing argument', ['jobs', 'show'], 'The command needs another argument.'],
    [
      'a bad range',
      ['record', '--rpc', 'http://127.0.0.1:1', '--from', '-1', '--to', '2', '--out', 'x'],
      '--from is "-1": it must be a whole number, 0 or more.',
    ],
  ])('%s', async (_what, args, sentence) => {
    const { code, stdout, stderr } = await orchestrator(args);
    expect(stderr.split('\n')[0]).toBe(`orchestrator: ${sentence}`);
    expect(stderr).not.toMatch(/\bat .*:\d+:\d+/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('a data directory in which nobody has worked', async () => {
    const { code, stderr } = await orchestrator(['status', '--data-dir', folder]);
    expect(stderr).toContain(`orchestrator: No orchestrator has worked in ${folder} yet.\n`);
    expect(code).toBe(2);
  });

  it('a data directory that is a file', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const { code, stderr } = await orchestrator([...RUN, '--data-dir', file]);
    expect(stderr).toContain(`The data directory ${file} cannot be used`);
    expect(code).toBe(2);
  });

  onLinux('a data directory that the system does not let anybody make', async () => {
    for (const command of [['dev'], RUN]) {
      const { code, stdout, stderr } = await orchestrator([...command, '--data-dir', '/proc/xx']);
      expect(stderr).toContain('The data directory /proc/xx cannot be used');
      expect(stderr).toContain('Give a directory');
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    }
  });

  it('a summary that cannot be written, before anything is started', async () => {
    for (const summary of [folder, join(folder, 'missing', 'summary.json')]) {
      const { code, stdout, stderr } = await orchestrator(['dev', '--summary', summary], { TMPDIR: folder });
      expect(stderr).toContain(`orchestrator: The summary cannot be written to ${summary}`);
      expect(stderr).toContain('Give --summary a file');
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    }
    expect(readdirSync(folder).filter((name) => name.startsWith('orchestrator-dev-'))).toEqual([]);
  });

  it('a database that is none', async () => {
    writeFileSync(join(folder, 'orchestrator.db'), 'not a database '.repeat(1000));
    const { code, stderr } = await orchestrator(['status', '--data-dir', folder]);
    expect(stderr).toContain('(DATABASE_CORRUPT)');
    expect(code).toBe(2);
  });

  it('a key that is wrong, which is never shown', async () => {
    const bad = `${KEY}77`;
    const { code, stderr } = await orchestrator(RUN.map((word) => (word === KEY ? bad : word)));
    expect(stderr).toContain('--ethereum-private-key (MADARA_ORCHESTRATOR_ETHEREUM_PRIVATE_KEY) is not valid');
    expect(stderr).not.toContain(KEY.slice(2));
    expect(code).toBe(2);
  });
});

describe('run against nodes that are not what they should be', () => {
  let server: Server | undefined;

  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  it('says which node does not answer, by its host only', async () => {
    const args = RUN.map((word) => (word === 'http://127.0.0.1:1' ? 'http://127.0.0.1:1/secret-key' : word));
    const { code, stderr } = await orchestrator([...args, '--data-dir', folder]);
    expect(stderr).toContain('127.0.0.1:1');
    expect(stderr).not.toContain('secret-key');
    expect(code).toBe(2);
  });

  it('says so when a web page answers instead of a node', async () => {
    server = createServer((_request, response) => response.end('<html>hello</html>'));
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const args = RUN.map((word) => (word === 'http://127.0.0.1:1' ? url : word));
    const { code, stderr } = await orchestrator([...args, '--data-dir', folder]);
    expect(stderr).toMatch(/^orchestrator: .*/m);
    expect(stderr).not.toMatch(/\bat .*:\d+:\d+/);
    expect(code).toBe(2);
  });
});

describe('--debug', () => {
  it.each([
    ['--debug', true],
    ['--debug=true', true],
    ['--debug=false', false],
  ])('shows where an error came from: %s', async (word, isShown) => {
    const { stderr, code } = await orchestrator(['status', '--data-dir', folder, word]);
    expect(/at .*open-inspection\.ts:\d+:\d+/.test(stderr)).toBe(isShown);
    expect(code).toBe(2);
  });
});
