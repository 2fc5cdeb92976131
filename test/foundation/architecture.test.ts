import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** Broken import rules of a folder's `src`, as `rule: from -> to`. */
function violations(folder: string): string[] {
  const bin = join(project, 'node_modules/.bin/depcruise');
  const args = [bin, 'src', '--config', '.dependency-cruiser.js', '--output-type', 'json'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (stdout === '') throw new Error(`dependency-cruiser: ${stderr}`);
  const { summary } = JSON.parse(stdout) as {
    summary: { totalCruised: number; violations: { rule: { name: string }; from: string; to: string }[] };
  };
  if (summary.totalCruised === 0) throw new Error('dependency-cruiser looked at nothing');
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
}

describe('the house plan', () => {
  it('holds in src', () => {
    expect(violations(project)).toEqual([]);
  });
});

describe('each rule of the house plan refuses what it is for', () => {
  const files: Record<string, string> = {
    'src/errors/failure.ts': '',
    'src/starknet/felt.ts': `import '../jobs/engine.ts'; import 'node:fs'; import 'node:http';`,
    'src/starknet/rpc/client.ts': `import 'node:http';`,
    'src/jobs/job.ts': `import '../errors/failure.ts';`,
    'src/jobs/engine.ts': `import '../queues/embedded/queue.ts'; import '../config/settings.ts'; import 'viem';`,
    'src/queues/queue.ts': `import './embedded/queue.ts'; import '../jobs/job.ts';`,
    'src/queues/embedded/queue.ts': `import '../../database/embedded/sqlite.ts'; import '../../database/memory/store.ts';`,
    'src/database/embedded/sqlite.ts': `import '../../jobs/engine.ts'; import '../../app/run.ts';`,
    'src/database/memory/store.ts': `import '../../jobs/job.ts';`,
    'src/app/run.ts': `import '../cli/main.ts'; import '../queues/embedded/queue.ts';`,
    'src/cli/main.ts': `import '../queues/embedded/queue.ts';`,
    'src/config/settings.ts': `import '../queues/queue.ts'; import './nowhere.ts';`,
    'src/telemetry/alone.ts': '',
  };
  let folder: string;
  let found: string[];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'house-plan-'));
    symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
    for (const name of ['.dependency-cruiser.js', 'tsconfig.json', 'package.json'])
      cpSync(join(project, name), join(folder, name));
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), `${content}\nexport {};\n`);
    }
    found = violations(folder);
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    'starknet-stands-alone: src/starknet/felt.ts -> src/jobs/engine.ts',
    'starknet-is-pure: src/starknet/felt.ts -> fs',
    'starknet-is-pure: src/starknet/felt.ts -> http',
    'jobs-know-ports-only: src/jobs/engine.ts -> src/queues/embedded/queue.ts',
    'jobs-know-ports-only: src/jobs/engine.ts -> src/config/settings.ts',
    'areas-do-not-run-jobs: src/database/embedded/sqlite.ts -> src/jobs/engine.ts',
    'areas-are-below-the-composition: src/database/embedded/sqlite.ts -> src/app/run.ts',
    'ports-do-not-know-adapters: src/queues/queue.ts -> src/queues/embedded/queue.ts',
    'adapters-stay-apart: src/queues/embedded/queue.ts -> src/database/memory/store.ts',
    'config-is-read-only-knowledge: src/config/settings.ts -> src/queues/queue.ts',
    'nobody-imports-the-cli: src/app/run.ts -> src/cli/main.ts',
    'commands-do-not-build: src/cli/main.ts -> src/queues/embedded/queue.ts',
    'no-orphans: src/telemetry/alone.ts -> src/telemetry/alone.ts',
    'no-unresolved: src/config/settings.ts -> ./nowhere.ts',
  ])('%s', (violation) => {
    expect(found).toContain(violation);
  });

  it('refuses drivers in the engine and cycles', () => {
    expect(found).toContainEqual(expect.stringMatching(/^jobs-know-no-drivers: src\/jobs\/engine.ts -> .*viem/));
    expect(found).toContainEqual(expect.stringMatching(/^no-cycles: /));
  });

  it.each([
    'src/queues/embedded/queue.ts -> src/database/embedded/sqlite.ts',
    'src/queues/queue.ts -> src/jobs/job.ts',
    'src/app/run.ts -> src/queues/embedded/queue.ts',
    'src/starknet/rpc/client.ts -> http',
  ])('and lets be what is right: %s', (edge) => {
    expect(found.filter((violation) => violation.endsWith(edge) && !violation.startsWith('no-cycles'))).toEqual([]);
  });
});
