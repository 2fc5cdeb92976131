import { parseAbi } from 'viem';

/**
 * What settlement uses of StarkWare's core contract (2024_9 and later). `stateBlockNumber` is -1 before the first block.
 */
export const coreContractAbi = parseAbi([
  'function updateStateKzgDA(uint256[] programOutput, bytes[] kzgProofs)',
  'function stateBlockNumber() view returns (int256)',
  'function stateRoot() view returns (uint256)',
  'function stateBlockHash() view returns (uint256)',
  'function programHash() view returns (uint256)',
  'function aggregatorProgramHash() view returns (uint256)',
  'function configHash() view returns (uint256)',
  'function isOperator(address account) view returns (bool)',
  'function isFinalized() view returns (bool)',
  'function isFrozen() view returns (bool)',
  'function identify() view returns (string)',
]);
