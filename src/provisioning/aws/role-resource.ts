import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { ADOPTION_NOTE, adoptedTags, madeTags, ownershipOf, reasonToKeep } from '../ownership.ts';
import type { Plan, Resource, Step } from '../resource.ts';
import { unlessAbsent } from './absent.ts';
import type { AwsNames } from './aws-names.ts';
import type { AwsContext } from './context.ts';
import { POLICY_VERSION, type PolicyDocument, parsePolicy, samePolicy } from './iam-document.ts';
import { namesRegion, otherUse, type RoleMarks, roleTags } from './role-owner.ts';
import { tagList, tagsOf } from './tag-list.ts';

const KIND = 'IAM role';

interface ActualRole extends RoleMarks {
  readonly trust: PolicyDocument | undefined;
}

/** The role that schedules send with, and the policy in it: one action on one queue. */
export function roleResource(context: AwsContext): Resource {
  return {
    kind: KIND,
    name: context.names.role.name,
    after: [],
    setup: () => planSetup(context),
    teardown: () => planTeardown(context),
  };
}

/** Only the scheduler, and only for this account, may take the role. */
export function trustDocument({ account }: Pick<AwsNames, 'account'>): PolicyDocument {
  const Condition = { StringEquals: { 'aws:SourceAccount': account.id } };
  const Principal = { Service: 'scheduler.amazonaws.com' };
  return { Version: POLICY_VERSION, Statement: [{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', Condition }] };
}

export function sendDocument({ triggerQueue }: Pick<AwsNames, 'triggerQueue'>): PolicyDocument {
  const statement = { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: triggerQueue.arn } as const;
  return { Version: POLICY_VERSION, Statement: [statement] };
}

async function planSetup(context: AwsContext): Promise<Plan> {
  const { config, names, clients } = context;
  const { iam } = clients;
  const RoleName = names.role.name;
  const actual = await readRole(context);
  const trust = trustDocument(names);
  const steps: Step[] = [];
  let adopt = false;
  if (actual === undefined) {
    const input = {
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify(trust),
      Description: 'Lets EventBridge schedules trigger the orchestrator',
      Tags: tagList(roleTags(madeTags(config.prefix), names)),
    };
    steps.push({ summary: 'create it', run: async () => void (await iam.send(new CreateRoleCommand(input))) });
  } else {
    adopt = ownershipOf(actual.tags, config.prefix, `${KIND} ${RoleName}`) === 'unmarked';
    const use = otherUse(actual, names);
    if (use !== undefined) throw usedByOthers(RoleName, use);
    if (adopt || !namesRegion(actual.tags)) {
      const tags = adopt ? adoptedTags(config.prefix) : {};
      const input = { RoleName, Tags: tagList(roleTags(tags, names)) };
      steps.push({ summary: 'tag it', run: async () => void (await iam.send(new TagRoleCommand(input))) });
    }
    if (!samePolicy(actual.trust, trust)) {
      const input = { RoleName, PolicyDocument: JSON.stringify(trust) };
      steps.push({
        summary: 'let the scheduler alone take it',
        run: async () => void (await iam.send(new UpdateAssumeRolePolicyCommand(input))),
      });
    }
  }
  const policy = sendDocument(names);
  if (!samePolicy(actual?.policy, policy)) {
    const input = { RoleName, PolicyName: names.role.policyName, PolicyDocument: JSON.stringify(policy) };
    steps.push({
      summary: `let it send to ${names.triggerQueue.name} (policy ${names.role.policyName})`,
      run: async () => void (await iam.send(new PutRolePolicyCommand(input))),
    });
  }
  if (adopt) return { steps, outcome: 'adopted', note: ADOPTION_NOTE };
  return { steps, outcome: actual === undefined ? 'created' : steps.length > 0 ? 'updated' : 'unchanged' };
}

async function planTeardown(context: AwsContext): Promise<Plan> {
  const { config, names, clients } = context;
  const { name: RoleName, policyName: PolicyName } = names.role;
  const actual = await readRole(context);
  if (actual === undefined) return { steps: [], outcome: 'absent' };
  const reason = reasonToKeep(ownershipOf(actual.tags, config.prefix, `${KIND} ${RoleName}`));
  if (reason !== undefined) return { steps: [], outcome: 'kept', note: reason };
  const use = otherUse(actual, names);
  if (use !== undefined) return { steps: [], outcome: 'kept', note: `another installation uses it: ${use}` };
  const removePolicy: Step = {
    summary: `remove its policy ${PolicyName}`,
    run: async () => void (await unlessAbsent(clients.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })))),
  };
  const remove: Step = {
    summary: 'delete it',
    run: async () => void (await unlessAbsent(clients.iam.send(new DeleteRoleCommand({ RoleName })))),
  };
  return { steps: actual.policy === undefined ? [remove] : [removePolicy, remove], outcome: 'removed' };
}

async function readRole({ clients, names }: AwsContext): Promise<ActualRole | undefined> {
  const { name: RoleName, policyName: PolicyName } = names.role;
  const found = await unlessAbsent(clients.iam.send(new GetRoleCommand({ RoleName })));
  if (found?.Role === undefined) return undefined;
  const policy = await unlessAbsent(clients.iam.send(new GetRolePolicyCommand({ RoleName, PolicyName })));
  return {
    tags: tagsOf(found.Role.Tags),
    trust: parsePolicy(found.Role.AssumeRolePolicyDocument),
    policy: parsePolicy(policy?.PolicyDocument),
  };
}

function usedByOthers(name: string, use: string): OrchestratorError {
  return new OrchestratorError('AWS_REFUSED', `${KIND} ${name} is used by another installation: ${use}`, {
    hint: 'Roles are shared by all regions of an account: choose another --event-bridge-trigger-role-name or --aws-prefix. If that installation is gone, delete the role and run setup again.',
  });
}
