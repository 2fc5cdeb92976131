/**
 * The house plan as import rules: arrows point down. `src/starknet` and `src/jobs` know ports only; an area's port is a
 * file of its folder, its adapters are sub-folders; only `src/app` and `src/devnet` put adapters together.
 */

const AREAS = '(queues|database|storage|alerts|scheduling|snos|provers|da|settlement)';
const ADAPTER = `^src/${AREAS}/([^/]+)/`;
/** What of src/jobs describes data rather than runs jobs. */
const JOB_MODEL = '^src/jobs/(job|job-handler|artifact-keys)[.]ts$';
/** Frameworks and drivers that the pure parts must not know. */
const OUTSIDE_WORLD = '(^|node_modules/)(yargs|fastify|mongodb|pino|pino-pretty|croner|viem|undici|zod|@aws-sdk)(/|$)';
const SYSTEM_MODULES =
  '^(node:)?(fs|fs/promises|http|https|net|child_process|sqlite|timers|timers/promises|process|worker_threads)$';

function forbid(name, comment, from, to) {
  return { name, comment, severity: 'error', from, to };
}

export default {
  forbidden: [
    forbid('no-cycles', 'A cycle of files has no bottom to start reading from.', {}, { circular: true }),
    forbid(
      'no-orphans',
      'A file that nothing imports and that imports nothing is dead.',
      { orphan: true, path: '^src/', pathNot: '[.]d[.]ts$' },
      {},
    ),
    forbid('no-unresolved', 'Every import must resolve.', {}, { couldNotResolve: true }),
    forbid(
      'no-development-packages',
      'The shipped program runs without development dependencies.',
      { path: '^src/' },
      { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    ),
    forbid(
      'starknet-stands-alone',
      'The domain library knows errors, the clock and the log, nothing else of the program.',
      { path: '^src/starknet/' },
      { path: '^src/', pathNot: '^src/(starknet|errors|clock)/|^src/telemetry/log[.]ts$' },
    ),
    forbid(
      'starknet-is-pure',
      'Only the RPC client, the threads of KZG, program hash and data availability and the archive streams of the domain library touch the system.',
      // calldata.ts encodes by an ABI, for which viem has a pure function.
      { path: '^src/starknet/', pathNot: '^src/starknet/((rpc|kzg|compute|pie|program-hash)/|calldata[.]ts$)' },
      {
        path: `${OUTSIDE_WORLD}|${SYSTEM_MODULES}`,
      },
    ),
    forbid(
      'jobs-know-ports-only',
      'The engine and the handlers see ports, never adapters or the composition.',
      { path: '^src/jobs/' },
      {
        path: `^src/(app|cli|config|devnet|server)/|${ADAPTER}|^src/starknet/(rpc|kzg|compute)/|^src/telemetry/(?!log[.]ts$)`,
      },
    ),
    forbid(
      'jobs-know-no-drivers',
      'No driver, framework or system call in the engine.',
      { path: '^src/jobs/' },
      {
        path: `${OUTSIDE_WORLD}|${SYSTEM_MODULES}`,
      },
    ),
    forbid(
      'areas-do-not-run-jobs',
      'Ports and adapters know the job document, not the engine.',
      { path: `^src/${AREAS}/` },
      { path: '^src/jobs/', pathNot: JOB_MODEL },
    ),
    forbid(
      'areas-are-below-the-composition',
      'Ports and adapters get what they need as arguments.',
      { path: `^src/(${AREAS}|errors|clock|telemetry)/` },
      { path: '^src/(app|cli|config|devnet|server)/' },
    ),
    forbid(
      'ports-do-not-know-adapters',
      'A port is written in domain terms.',
      { path: `^src/${AREAS}/[^/]+[.]ts$` },
      { path: ADAPTER },
    ),
    forbid(
      'adapters-stay-apart',
      'An adapter knows its own area and adapters of its own kind, no other.',
      { path: ADAPTER },
      { path: ADAPTER, pathNot: ['^src/$1/', '^src/[^/]+/$2/'] },
    ),
    forbid(
      'config-is-read-only-knowledge',
      'Settings are parsed without any other part of the program.',
      { path: '^src/config/' },
      { path: '^src/', pathNot: '^src/(config|errors)/|^src/starknet/felt[.]ts$|^src/aws/resource-name[.]ts$' },
    ),
    forbid(
      'nobody-imports-the-cli',
      'Commands parse, call and print.',
      { pathNot: '^(src/cli|test|e2e)/' },
      { path: '^src/cli/' },
    ),
    forbid(
      'commands-do-not-build',
      'Commands call the application; they do not build adapters themselves.',
      { path: '^src/cli/' },
      { path: `${ADAPTER}|^src/devnet/` },
    ),
    forbid(
      'source-does-not-know-tests',
      'Nothing shipped depends on tests.',
      { path: '^src/' },
      { path: '^(test|e2e|bench|scripts)/' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
