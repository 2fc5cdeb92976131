import type { StarknetNode } from './starknet-node.ts';

/**
 * The node for one piece of work: once the work's signal has fired it is asked nothing more, and every call fails with the
 * signal's reason. A call that is under way ends by the node's own time limit.
 */
export function stoppableNode(node: StarknetNode, signal: AbortSignal): StarknetNode {
  const unlessStopped = <Args extends unknown[], Answer>(ask: (...args: Args) => Promise<Answer>) => {
    return async (...args: Args): Promise<Answer> => {
      signal.throwIfAborted();
      return ask(...args);
    };
  };
  return {
    chainId: unlessStopped(() => node.chainId()),
    latestBlockNumber: unlessStopped(() => node.latestBlockNumber()),
    blockHeader: unlessStopped((block) => node.blockHeader(block)),
    stateUpdate: unlessStopped((block) => node.stateUpdate(block)),
    blockMessages: unlessStopped((block) => node.blockMessages(block)),
    nonces: unlessStopped((block, addresses) => node.nonces(block, addresses)),
    storage: unlessStopped((block, slots) => node.storage(block, slots)),
    classHashes: unlessStopped((block, addresses) => node.classHashes(block, addresses)),
  };
}
