import type { Intent, IntentVariant } from '../../../src/database/intent-store.ts';
import type {
  SettledState,
  Settlement,
  SettlementParameters,
  StateUpdateRequest,
  SubmittedUpdate,
  UpdateProgress,
} from '../../../src/settlement/settlement.ts';

export const PARAMETERS: SettlementParameters = {
  programHash: 0x9209n,
  aggregatorProgramHash: 0xa99n,
  configHash: 0xc0f19n,
};

/** A contract whose position a test sets, and transactions whose progress a test decides. */
export class FakeSettlement implements Settlement {
  included: SettledState = { blockNumber: -1, root: 0n, blockHash: 0n };
  /** The same as `included` unless set. */
  confirmedState: SettledState | undefined;
  readonly logged = new Map<number, SettledState>();
  progress: UpdateProgress = { kind: 'unknown' };
  readonly submitted: StateUpdateRequest[] = [];
  parametersNow: SettlementParameters = PARAMETERS;

  async chainId(): Promise<string> {
    return 'ethereum:31337';
  }

  async state(at: 'included' | 'confirmed'): Promise<SettledState> {
    return at === 'confirmed' ? (this.confirmedState ?? this.included) : this.included;
  }

  async parameters(): Promise<SettlementParameters> {
    return this.parametersNow;
  }

  async settledAt(block: number): Promise<SettledState | undefined> {
    return this.logged.get(block);
  }

  async submit(update: StateUpdateRequest): Promise<SubmittedUpdate> {
    this.submitted.push(update);
    return { intent: intentOf(update.key) };
  }

  async track(): Promise<UpdateProgress> {
    return this.progress;
  }
}

export function intentOf(key: string, variants: readonly IntentVariant[] = [variant({})]): Intent {
  return {
    key,
    job_id: key.split(':')[0] ?? '',
    first_block: Number(key.split(':')[1]),
    last_block: Number(key.split(':')[1]),
    kind: 'state-update',
    chain: 'ethereum:31337',
    to: '0x02',
    state: 'broadcast',
    variants,
    hold_reason: null,
    created_at: 0,
    updated_at: 0,
    version: 0,
  };
}

export function variant(fields: Partial<IntentVariant>): IntentVariant {
  return {
    hash: `0x${'ab'.repeat(32)}`,
    signer: '0x01',
    nonce: 4,
    raw_path: 'raw',
    raw_sha256: '00',
    max_fee_per_gas: '1000',
    max_priority_fee_per_gas: '1',
    max_fee_per_blob_gas: '1',
    gas_limit: '100000',
    signed_at: 0,
    sent_at: 0,
    sent_at_block: 1,
    error: null,
    ...fields,
  };
}
