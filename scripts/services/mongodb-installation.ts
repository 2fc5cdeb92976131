import { delimiter, join } from 'node:path';
import { installOnce } from './install-once.ts';
import { mustRun, runCommand } from './run-command.ts';
import { installationFolder, projectFile } from './services-folder.ts';

const POM = projectFile('localstack', 'mongodb', 'pom.xml');
const SERVER = projectFile('localstack', 'mongodb', 'Server.java');
const OLDEST_JAVA = 17;

/**
 * Compiles the MongoDB-wire server with its libraries, unless that was done before from the same sources.
 *
 * @returns the class path to start `Server` with.
 * @throws Error that names what to install when there is no JDK 17 or no Maven.
 */
export async function installMongoServer(log: (line: string) => void): Promise<string> {
  await requireTool('java', ['-version'], /version "(\d+)/);
  const folder = installationFolder('mongodb', [POM, SERVER], `java ${OLDEST_JAVA}`);
  await installOnce(folder, async (stage) => {
    await requireTool('javac', ['-version'], /javac (\d+)/);
    await requireTool('mvn', ['-version'], /Java version: (\d+)/);
    log(`installing the MongoDB-wire server into ${folder}`);
    const lib = join(stage, 'lib');
    await mustRun('mvn', ['-q', '-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${lib}`]);
    const release = ['--release', String(OLDEST_JAVA)];
    await mustRun('javac', [...release, '-cp', join(lib, '*'), '-d', join(stage, 'classes'), SERVER]);
  });
  return [join(folder, 'classes'), join(folder, 'lib', '*')].join(delimiter);
}

async function requireTool(tool: string, args: readonly string[], version: RegExp): Promise<void> {
  const { code, output } = await runCommand(tool, args);
  const found = Number(version.exec(output)?.[1] ?? 0);
  if (code === 0 && found >= OLDEST_JAVA) return;
  const seen = code === 127 ? 'is not there' : found === 0 ? `failed with code ${code}` : `is of Java ${found}`;
  throw new Error(
    `The MongoDB-wire server needs a JDK ${OLDEST_JAVA} or newer and Maven, and ${tool} ${seen}. ` +
      `Install them (Debian: apt-get install openjdk-${OLDEST_JAVA}-jdk-headless maven; macOS: brew install openjdk@${OLDEST_JAVA} maven), ` +
      'start a container engine, or set E2E_MONGODB_URL to a MongoDB that runs.',
  );
}
