import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const project = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lint-'));
  cpSync(join(project, 'biome.json'), join(folder, 'biome.json'));
  writeFileSync(
    join(folder, 'save.ts'),
    'export async function save(): Promise<void> {\n  await Promise.resolve();\n}\n',
  );
});

afterEach(() => rmSync(folder, { recursive: true }));

function lint(lines: string[]) {
  writeFileSync(join(folder, 'code.ts'), `import { save } from './save.ts';\n\n${lines.join('\n')}\n`);
  const biome = join(project, 'node_modules/@biomejs/biome/bin/biome');
  const { status, stderr } = spawnSync(process.execPath, [biome, 'lint', '.'], { cwd: folder, encoding: 'utf8' });
  return { passed: status === 0, report: stderr };
}

describe('the linter', () => {
  it('accepts a promise that is awaited', () => {
    expect(lint(['export async function work(): Promise<void> {', '  await save();', '}']).passed).toBe(true);
  });

  it('refuses a promise that nobody waits for', () => {
    const { passed, report } = lint(['export function work(): void {', '  save();', '}']);
    expect(passed).toBe(false);
    expect(report).toContain('lint/nursery/noFloatingPromises');
  });

  it('refuses a promise where a value is meant', () => {
    const { passed, report } = lint([
      'export function work(): number {',
      '  if (save()) return 1;',
      '  return 0;',
      '}',
    ]);
    expect(passed).toBe(false);
    expect(report).toContain('lint/nursery/noMisusedPromises');
  });

  it.each([
    ['noNonNullAssertion', ['export const first = (list: number[]) => list[0]! + save.length;']],
    ['noExplicitAny', ['export const work = (input: any) => [input, save];']],
    ['noDefaultExport', ['export default save;']],
    ['noConsole', ['export const work = () => console.log(save);']],
  ])('has %s on', (rule, lines) => {
    const { passed, report } = lint(lines);
    expect(passed).toBe(false);
    expect(report).toContain(rule);
  });
});
