import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { describe, expect } from '@jest/globals';
import { chainOf, serve } from './support/chain.ts';
import type { CoreOnAnvil } from './support/ethereum.ts';
import { ethereumForFile } from './support/ethereum-for-file.ts';
import { Installation } from './support/installation.ts';
import type { Program } from './support/program.ts';
import { type RunSetup, runArguments } from './support/run-arguments.ts';
import { awsServices, mongoServer } from './support/services/services.ts';
import type { Site } from './support/site.ts';
import { testAt } from './support/test-at.ts';

const BLOCKS = 3;
const LAST = BLOCKS - 1;
const AWS_SECRET = 'a-secret-that-no-output-shows';

const ethereum = ethereumForFile();

interface Scene extends RunSetup {
  readonly core: CoreOnAnvil;
  readonly installation: Installation;
}

async function sceneAt(site: Site): Promise<Scene> {
  const chain = chainOf(5, BLOCKS);
  const installation = new Installation(site, { aws: await awsServices(), mongo: await mongoServer() });
  return {
    ethereum: ethereum(),
    core: await ethereum().deploy(chain, -1, LAST),
    nodeUrl: await serve(site, chain),
    dataDir: site.path('data'),
    installation,
  };
}

/** Flags that choose the systems, and the variables that say where they are. */
const MIXES: readonly (readonly [name: string, flags: readonly string[]])[] = [
  ['everything on AWS and MongoDB', ['--aws', '--aws-s3', '--aws-sqs', '--aws-sns', '--aws-event-bridge', '--mongodb']],
  ['jobs in MongoDB, queues and objects embedded', ['--mongodb']],
  ['SQS and S3, jobs in the embedded store', ['--aws', '--aws-s3', '--aws-sqs']],
  ['everything embedded', []],
];

describe('orchestrator run on any mix of systems', () => {
  for (const [name, flags] of MIXES) {
    testAt(`settles on ${name}`, async (site) => {
      const scene = await sceneAt(site);
      const { core, installation, dataDir } = scene;
      if (flags.includes('--aws')) await installation.setUp();
      const env = { ...installation.env, AWS_SECRET_ACCESS_KEY: AWS_SECRET };
      const more = [...flags, '--exit-when-settled', String(LAST), '--lease-seconds', '6'];
      const program = site.start(...runArguments({ ...scene, more, env }));
      await site.expectExit(program, 0);
      expect(await core.updates()).toEqual([0, 1, 2]);
      expect(await core.root()).toBe(chainOf(5, BLOCKS).header(LAST).newRoot);
      mustHideSecrets(program.tail(Number.MAX_SAFE_INTEGER), core);
      expect(program.prints(/"msg":"aws calls"/)).toBe(flags.includes('--aws'));

      const reading = async (...words: string[]) => {
        const command = await site.command([...words, ...flags, '--data-dir', dataDir], env);
        mustHideSecrets(command.output, core);
        expect({ words, code: command.code, output: command.output }).toMatchObject({ code: 0 });
        return command.stdout;
      };
      expect(JSON.parse(await reading('status', '--json'))).toMatchObject({ settledBlock: LAST, stuck: [], parked: 0 });
      expect(JSON.parse(await reading('jobs', 'list', '--json'))).toHaveLength(BLOCKS * 4);
      expect(await reading('explain', '1')).toBe('Block 1 is settled.\n');
      expect(await reading('jobs', 'parked')).toBe('No parked messages.\n');
      const doctor = await reading('doctor');
      expect(doctor.includes('MongoDB updates')).toBe(flags.includes('--mongodb'));
      expect(doctor.includes('queue worker_trigger')).toBe(flags.includes('--aws-sqs'));
      expect(/^ok +EventBridge rule .*-snos +as setup makes it$/m.test(doctor)).toBe(
        flags.includes('--aws-event-bridge'),
      );
      await site.nothingRuns();
    });
  }

  testAt('says of everything that is missing what it is, at once, and ends with 2', async (site) => {
    const scene = await sceneAt(site);
    const { installation, core } = scene;
    const env = {
      ...installation.env,
      MADARA_ORCHESTRATOR_MONGODB_CONNECTION_URL: 'mongodb://writer:hunter2-hunter2@127.0.0.1:1/?authSource=admin',
      MADARA_ORCHESTRATOR_MADARA_RPC_URL: 'http://127.0.0.1:1/secret-of-the-node',
    };
    const { code, output } = await site.command(...runArguments({ ...scene, more: installation.flags, env }));
    expect(code).toBe(2);
    for (const name of [
      'MongoDB',
      'queue snos_job_processing',
      'queue worker_trigger',
      'S3 bucket',
      'SNS topic',
      'Starknet node',
    ]) {
      expect(output).toMatch(new RegExp(`^ +${name}: `, 'm'));
    }
    expect(output).toMatch(/orchestrator setup --aws --aws-sqs/);
    expect(output).not.toMatch(/hunter2|secret-of-the-node/);
    mustHideSecrets(output, core);

    const unreachable = { ...installation.env, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
    const down = await site.command(...runArguments({ ...scene, more: installation.flags, env: unreachable }));
    expect(down.code).toBe(2);
    for (const name of ['SQS', 'S3 bucket', 'SNS topic']) expect(down.output).toMatch(new RegExp(`^ +${name}: `, 'm'));
    expect(down.output).not.toMatch(/queue worker_trigger: /);
    expect(await core.transactions()).toBe(0);
  });

  testAt('hands messages of SQS back when it is asked to stop', async (site) => {
    const scene = await sceneAt(site);
    const { installation } = scene;
    await installation.setUp();
    const more = [...installation.flags, '--simulated-prover-latency-ms', '600000', '--lease-seconds', '10'];
    const program = site.start(...runArguments({ ...scene, more, env: installation.env }));
    const store = await installation.jobs();
    await site.eventually('a proof is asked for', () => proving(store), { alive: [program] });
    await stop(site, program);
    const jobs = await store.list({ limit: 100 });
    expect(jobs.filter(({ lease }) => lease !== null)).toEqual([]);
    // SQS may still give a message to a poll that was just cut off; it comes back by itself when its visibility ends.
    const isNothingHidden = async () => Object.keys(await hidden(installation)).length === 0;
    await site.eventually('every message can be received again', isNothingHidden, { limitMs: 20_000 });
  });
});

async function proving(store: Awaited<ReturnType<Installation['jobs']>>): Promise<boolean> {
  return (await store.list({ types: ['ProofCreation'], statuses: ['PendingVerification'], limit: 1 })).length > 0;
}

/** Messages that are hidden from other receivers, by queue; queues without any are left out. */
async function hidden(installation: Installation): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const name of installation.queueNames) {
    const { Attributes } = await installation.sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: await installation.urlOf(name),
        AttributeNames: ['ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    const count = Number(Attributes?.ApproximateNumberOfMessagesNotVisible);
    if (count > 0) found[name] = count;
  }
  return found;
}

async function stop(site: Site, program: Program): Promise<void> {
  program.kill('SIGTERM');
  await site.expectExit(program, 0);
}

function mustHideSecrets(output: string, core: CoreOnAnvil): void {
  for (const secret of [AWS_SECRET, core.operatorKey.slice(2), core.registrarKey.slice(2)]) {
    expect(output).not.toContain(secret);
  }
}
