import { join } from 'node:path';
import { installOnce } from './install-once.ts';
import { mustRun, runCommand } from './run-command.ts';
import { installationFolder, projectFile } from './services-folder.ts';

const REQUIREMENTS = projectFile('localstack', 'requirements.txt');
/** The one the list of packages was made with; it names no package that other versions need in addition. */
const PYTHON = '3.11';
const CANDIDATES = ['python3.11', '/usr/bin/python3.11', 'python3', 'python'];

/**
 * Installs LocalStack in a Python environment of its own, unless that was done before with the same list of packages.
 * Takes one to four minutes the first time.
 *
 * @returns path of the environment's Python.
 * @throws Error that names what to install when there is no Python 3.11 with `venv`.
 */
export async function installLocalStack(log: (line: string) => void): Promise<string> {
  const python = await findPython();
  const folder = installationFolder('localstack', [REQUIREMENTS], `python ${PYTHON}`);
  await installOnce(folder, async (stage) => {
    log(`installing LocalStack into ${folder}`);
    await mustRun(python, ['-m', 'venv', stage]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', REQUIREMENTS];
    await mustRun(join(stage, 'bin', 'python'), pip);
  });
  // Started through the interpreter alone: the other programs of the environment know only the folder it was made in.
  return join(folder, 'bin', 'python');
}

async function findPython(): Promise<string> {
  const probe = 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])';
  for (const candidate of CANDIDATES) {
    const { code, output } = await runCommand(candidate, ['-c', probe]);
    if (code === 0 && output.trim() === PYTHON) return candidate;
  }
  throw new Error(
    `LocalStack needs Python ${PYTHON} with venv, and none of ${CANDIDATES.join(', ')} is that. ` +
      `Install it (Debian: apt-get install python${PYTHON} python${PYTHON}-venv; macOS: brew install python@${PYTHON}), ` +
      'start a container engine, or set E2E_AWS_ENDPOINT_URL to a LocalStack that runs.',
  );
}
