import ts from 'typescript';

/** Where the wall clock, chance, timers and the environment come into the program. */
const MAY_TOUCH_THE_WORLD = /^src\/(app|config|cli|devnet|clock)\//;
const MEMBERS = new Map([
  ['Date', 'now'],
  ['Math', 'random'],
  ['process', 'env'],
]);
const TIMERS = new Set(['setTimeout', 'setInterval']);
const VAGUE_NAMES = /(^|[/.-])(utils?|helpers?|common|misc|shared)([/.-]|$)/;
const MOST_LINES = 350;

/** What is wrong with a source file by the rules that neither linter nor compiler knows; `path` from the project root. */
export function sourceFaults(path: string, text: string): string[] {
  const faults: string[] = [];
  if (VAGUE_NAMES.test(path)) faults.push(`${path}: the name does not say what is inside`);
  const lines = text.split('\n').length - 1;
  if (lines > MOST_LINES) faults.push(`${path}: ${lines} lines are about more than one thing`);
  if (!MAY_TOUCH_THE_WORLD.test(path)) {
    const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
    visit(file, (node) => {
      const name = ambientInput(node);
      if (name !== undefined) {
        const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
        faults.push(`${path}:${line + 1}: ${name} must come in as an argument`);
      }
    });
  }
  return faults;
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

function ambientInput(node: ts.Node): string | undefined {
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression)) {
    const member = MEMBERS.get(node.expression.text);
    if (member === node.name.text) return `${node.expression.text}.${member}`;
  }
  if (ts.isNewExpression(node) && isNamed(node.expression, 'Date') && (node.arguments?.length ?? 0) === 0) {
    return 'new Date()';
  }
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && TIMERS.has(node.expression.text)) {
    return node.expression.text;
  }
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    if (/^(node:)?timers(\/promises)?$/.test(node.moduleSpecifier.text)) return node.moduleSpecifier.text;
  }
  return undefined;
}

function isNamed(node: ts.Node, name: string): boolean {
  return ts.isIdentifier(node) && node.text === name;
}
