import type { IAMClient } from '@aws-sdk/client-iam';
import { describe, expect, it } from '@jest/globals';
import { awsClients } from '../../src/provisioning/aws/aws-clients.ts';
import { awsNames } from '../../src/provisioning/aws/aws-names.ts';
import type { AwsContext } from '../../src/provisioning/aws/context.ts';
import { roleResource } from '../../src/provisioning/aws/role-resource.ts';
import type { Plan, Resource } from '../../src/provisioning/resource.ts';
import type { ResourceConfig } from '../../src/provisioning/setup-config.ts';
import { ACCOUNT, resourceSettings } from './settings.ts';

interface Input {
  readonly RoleName: string;
  readonly PolicyName?: string;
  readonly PolicyDocument?: string;
  readonly AssumeRolePolicyDocument?: string;
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
}

interface Role {
  trust: string;
  readonly tags: Map<string, string>;
  readonly policies: Map<string, string>;
}

/** The roles of one account, the same for all of its regions, behind the calls that setup makes. */
class Iam {
  readonly roles = new Map<string, Role>();

  readonly client = {
    send: async (command: { readonly constructor: { readonly name: string }; readonly input: Input }) =>
      this.#answer(command.constructor.name.replace(/Command$/, ''), command.input),
  } as unknown as IAMClient;

  #answer(operation: string, input: Input): object {
    const { RoleName, PolicyName = '', PolicyDocument = '', Tags = [] } = input;
    if (operation === 'CreateRole') {
      const tags = new Map(Tags.map(({ Key, Value }) => [Key, Value]));
      this.roles.set(RoleName, { trust: input.AssumeRolePolicyDocument ?? '', tags, policies: new Map() });
      return {};
    }
    const role = this.roles.get(RoleName);
    if (role === undefined) throw absent();
    switch (operation) {
      case 'GetRole': {
        const listed = [...role.tags].map(([Key, Value]) => ({ Key, Value }));
        return { Role: { AssumeRolePolicyDocument: role.trust, Tags: listed } };
      }
      case 'GetRolePolicy': {
        const document = role.policies.get(PolicyName);
        if (document === undefined) throw absent();
        return { PolicyDocument: document };
      }
      case 'TagRole':
        for (const { Key, Value } of Tags) role.tags.set(Key, Value);
        return {};
      case 'PutRolePolicy':
        role.policies.set(PolicyName, PolicyDocument);
        return {};
      case 'DeleteRolePolicy':
        role.policies.delete(PolicyName);
        return {};
      case 'DeleteRole':
        this.roles.delete(RoleName);
        return {};
      default:
        throw new Error(`IAM is not asked for ${operation} here`);
    }
  }
}

function absent(): Error {
  return Object.assign(new Error('there is none'), { name: 'NoSuchEntityException' });
}

function roleIn(iam: Iam, region: string, changes: Partial<ResourceConfig> = {}): Resource {
  const config = resourceSettings({ access: { region, endpoint: undefined }, ...changes });
  const clients = { ...awsClients(config.access), iam: iam.client };
  const context: AwsContext = { config, names: awsNames(config, ACCOUNT), clients };
  return roleResource(context);
}

async function run({ steps, outcome }: Plan, atMost = steps.length): Promise<string> {
  for (const step of steps.slice(0, atMost)) await step.run();
  return outcome;
}

const setUp = async (role: Resource) => await run(await role.setup());
const tearDown = async (role: Resource) => await run(await role.teardown({ deleteData: false }));
const QUEUE = 'arn:aws:sqs:eu-west-1:123456789012:mo_worker_trigger_queue';

describe('the role of schedules', () => {
  it('is made, left as it is and removed by the installation that it is for', async () => {
    const iam = new Iam();
    const role = roleIn(iam, 'eu-west-1');
    expect([await setUp(role), await setUp(role)]).toEqual(['created', 'unchanged']);
    expect(Object.fromEntries(iam.roles.get('mo-wt-role')?.tags ?? [])).toEqual({
      'managed-by': 'starknet-orchestrator',
      'orchestrator-region': 'eu-west-1',
    });
    expect(await tearDown(role)).toBe('removed');
    expect(iam.roles.size).toBe(0);
  });

  it.each([
    ['of the same names in another region', 'us-west-2', {}],
    ['in another region whose policy has another name', 'us-west-2', { policyName: 'another' }],
    ['of other queues in the same region', 'eu-west-1', { queueIdentifier: 'other_{}_queue' }],
  ])('is neither changed nor removed by an installation %s', async (_, region, changes) => {
    const iam = new Iam();
    await setUp(roleIn(iam, 'eu-west-1'));
    const before = structuredClone(iam.roles);
    const { eventBridge } = resourceSettings();
    const { queueIdentifier, policyName } = { queueIdentifier: 'mo_{}_queue', policyName: 'mo-wt-policy', ...changes };
    const other = roleIn(iam, region, { queueIdentifier, eventBridge: { ...eventBridge, policyName } });
    await expect(other.setup()).rejects.toMatchObject({
      code: 'AWS_REFUSED',
      retry: 'permanent',
      hint: expect.stringContaining('--event-bridge-trigger-role-name'),
    });
    const plan = await other.teardown({ deleteData: false });
    expect(plan).toMatchObject({ steps: [], outcome: 'kept', note: expect.stringContaining('another installation') });
    expect(iam.roles).toEqual(before);
  });

  it('names both queues when another installation sends with it', async () => {
    const iam = new Iam();
    await setUp(roleIn(iam, 'eu-west-1'));
    const ours = 'arn:aws:sqs:us-west-2:123456789012:mo_worker_trigger_queue';
    await expect(roleIn(iam, 'us-west-2').setup()).rejects.toThrow(`is for ${QUEUE}, not for ${ours}`);
  });

  it('belongs to the region that made it before its policy is written', async () => {
    const iam = new Iam();
    const role = roleIn(iam, 'eu-west-1');
    await run(await role.setup(), 1);
    expect(iam.roles.get('mo-wt-role')?.policies.size).toBe(0);
    const other = roleIn(iam, 'us-west-2');
    await expect(other.setup()).rejects.toThrow('orchestrator-region is eu-west-1');
    expect(await tearDown(other)).toBe('kept');
    expect([await setUp(role), iam.roles.get('mo-wt-role')?.policies.size]).toEqual(['updated', 1]);
  });

  it('gets the tag of its region when it was made without one', async () => {
    const iam = new Iam();
    const role = roleIn(iam, 'eu-west-1');
    await setUp(role);
    iam.roles.get('mo-wt-role')?.tags.delete('orchestrator-region');
    expect([await setUp(role), await setUp(role)]).toEqual(['updated', 'unchanged']);
    expect(iam.roles.get('mo-wt-role')?.tags.get('orchestrator-region')).toBe('eu-west-1');
    expect(iam.roles.get('mo-wt-role')?.tags.has('orchestrator-adopted')).toBe(false);
  });
});
