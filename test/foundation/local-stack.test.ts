import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { LOCALSTACK_IMAGE, MONGO_IMAGE } from '../../e2e/support/services/container-services.ts';
import { CORE_ADDRESS, REGISTRY_ADDRESS } from '../../scripts/services/local-contracts.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION, LOCALSTACK_SERVICES } from '../../scripts/services/localstack-server.ts';
import { commands } from '../../src/cli/commands.ts';
import { runSettings } from '../../src/config/run-settings.ts';
import { healthySettings } from '../../src/config/settings/command-settings.ts';
import { unknownVariables } from '../../src/config/unknown-variables.ts';
import { ANVIL_ACCOUNTS } from '../../src/devnet/anvil-accounts.ts';

interface Service {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: object;
  readonly build?: { readonly target: string };
}

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const compose: { readonly services: Readonly<Record<string, Service>> } = parse(read('docker-compose.yml'), {
  merge: true,
});
const workflow: { readonly jobs: Readonly<Record<string, { readonly steps: readonly { readonly run?: string }[] }>> } =
  parse(read('.github/workflows/ci.yml'));

function service(name: string): Service {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no ${name}`);
  return found;
}

const orchestrators = Object.keys(compose.services).filter((name) => name.startsWith('orchestrator-'));
const programs = ['setup', ...orchestrators];

/** Valid for the setting that each variable belongs to, files aside. */
function invalid(environment: Readonly<Record<string, string>>): string[] {
  return Object.entries(environment)
    .filter(([name, value]) => {
      const setting = Object.values(runSettings).find(({ variables }) => variables.includes(name));
      return setting !== undefined && !setting.kind.schema.safeParse(value).success;
    })
    .map(([name]) => name);
}

describe('docker-compose.yml', () => {
  it('has the images that the end-to-end tests start', () => {
    expect(service('localstack').image).toBe(LOCALSTACK_IMAGE);
    expect(service('mongodb').image).toBe(MONGO_IMAGE);
  });

  it('has the LocalStack that is installed natively, with the same services', () => {
    const [, version] = /^localstack-core==(\S+)$/m.exec(read('localstack/requirements.txt')) ?? [];
    expect(service('localstack').image).toBe(`localstack/localstack:${version}`);
    expect(service('localstack').environment).toMatchObject({ SERVICES: LOCALSTACK_SERVICES });
  });

  it('runs two orchestrators that say the same', () => {
    expect(orchestrators).toHaveLength(2);
    expect(service('orchestrator-1')).toEqual(service('orchestrator-2'));
  });

  it.each(programs)('gives %s only settings that are known, with values that parse', (name) => {
    const environment = service(name).environment ?? {};
    expect(Object.keys(environment).length).toBeGreaterThan(10);
    expect(unknownVariables(environment)).toEqual([]);
    expect(invalid(environment)).toEqual([]);
  });

  it('has the accounts, contracts and credentials of the local stack', () => {
    const [settler, registrar] = ANVIL_ACCOUNTS;
    expect(service('orchestrator-1').environment).toMatchObject({
      MADARA_ORCHESTRATOR_ETHEREUM_PRIVATE_KEY: settler.privateKey,
      MADARA_ORCHESTRATOR_FACT_REGISTRY_PRIVATE_KEY: registrar.privateKey,
      MADARA_ORCHESTRATOR_L1_CORE_CONTRACT_ADDRESS: CORE_ADDRESS,
      MADARA_ORCHESTRATOR_FACT_REGISTRY_ADDRESS: REGISTRY_ADDRESS,
      AWS_REGION: LOCAL_REGION,
      AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    });
  });

  it('opens its ports on the loopback interface alone', () => {
    const ports = Object.values(compose.services).flatMap((each) => each.ports ?? []);
    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('waits only for services that exist, and for their health only where they say it', () => {
    for (const { depends_on: dependencies = {} } of Object.values(compose.services)) {
      for (const [name, { condition }] of Object.entries(dependencies)) {
        if (condition === 'service_healthy') expect(service(name).healthcheck).toBeDefined();
        else expect(service(name)).toBeDefined();
      }
    }
  });

  it('checks the health of an image by what its run writes', () => {
    const dockerfile = read('Dockerfile');
    const [, command] = /^HEALTHCHECK [^[]*(\[.*\])$/m.exec(dockerfile) ?? [];
    expect(JSON.parse(command ?? '')).toEqual(['node', '/app/bin/orchestrator.js', 'healthy']);
    expect(commands.map(({ usage }) => usage)).toContain('healthy');
    const variables = Object.fromEntries([...dockerfile.matchAll(/\b(MADARA_\w+)=(\S+)/g)].map(([, ...pair]) => pair));
    expect(Object.keys(variables)).toContain(healthySettings.healthFile.variables[0]);
    expect(unknownVariables(variables)).toEqual([]);
  });

  it('builds targets that the Dockerfile has', () => {
    const stages = [...read('Dockerfile').matchAll(/^FROM \S+ AS (\S+)$/gm)].map(([, stage]) => stage);
    const targets = Object.values(compose.services).flatMap(({ build }) => (build === undefined ? [] : [build.target]));
    expect(targets).toContain('orchestrator');
    expect(targets.filter((target) => !stages.includes(target))).toEqual([]);
    // A plain `docker build .` makes the orchestrator's image.
    expect(stages.at(-1)).toBe('orchestrator');
  });
});

describe('.github/workflows/ci.yml', () => {
  const commands = Object.values(workflow.jobs).flatMap(({ steps }) => steps.map(({ run }) => run ?? ''));

  it('runs the checks that a change has to pass', () => {
    expect(commands).toContain('bash .ci/run');
  });

  it('starts services that docker-compose.yml has, and scripts that package.json has', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const up = commands.flatMap(
      (command) => /^docker compose up --detach --wait (.+)$/.exec(command)?.[1]?.split(' ') ?? [],
    );
    expect(up.filter((name) => compose.services[name] === undefined)).toEqual([]);
    const named = commands.flatMap((command) => /^npm run (\S+)/.exec(command)?.[1] ?? []);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});
