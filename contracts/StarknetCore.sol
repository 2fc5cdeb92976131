// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import "./IFactRegistry.sol";
import "./KzgEvaluation.sol";
import "./Messaging.sol";
import "./Operators.sol";

/// The state of a Starknet chain on a local Ethereum. It takes a state update only when its output was proven, continues
/// the present state, and the published blobs are the data that the output commits to. Checks, their order, revert
/// reasons, events and views are those of the contract that public networks run, so that what settles here settles there.
contract StarknetCore is Operators, Messaging {
    event LogStateTransitionFact(bytes32 stateTransitionFact);
    event LogStateUpdate(uint256 globalRoot, int256 blockNumber, uint256 blockHash);

    uint256 private constant FIELD_PRIME = 2 ** 251 + 17 * 2 ** 192 + 1;

    // Words of the program output (Starknet 0.13.2 and later).
    uint256 private constant PREVIOUS_ROOT = 0;
    uint256 private constant NEW_ROOT = 1;
    uint256 private constant PREVIOUS_BLOCK_NUMBER = 2;
    uint256 private constant NEW_BLOCK_NUMBER = 3;
    uint256 private constant PREVIOUS_BLOCK_HASH = 4;
    uint256 private constant NEW_BLOCK_HASH = 5;
    uint256 private constant OS_PROGRAM_HASH = 6;
    uint256 private constant CONFIG_HASH = 7;
    uint256 private constant USE_KZG_DA = 8;
    uint256 private constant FULL_OUTPUT = 9;
    uint256 private constant HEADER_SIZE = 10;

    /// Hash of the OS program, whose output is settled as it is.
    uint256 public immutable programHash;
    /// Hash of the aggregator program, whose output names the OS program that it aggregated.
    uint256 public immutable aggregatorProgramHash;
    uint256 public immutable configHash;
    IFactRegistry public immutable verifier;

    uint256 public stateRoot;
    /// -1 before the first block.
    int256 public stateBlockNumber;
    uint256 public stateBlockHash;

    /// `initialBlockNumber` is -1, root and hash 0, for a chain that starts with block 0.
    constructor(
        uint256 programHash_,
        uint256 aggregatorProgramHash_,
        IFactRegistry verifier_,
        uint256 configHash_,
        uint256 initialRoot,
        int256 initialBlockNumber,
        uint256 initialBlockHash
    ) {
        require(programHash_ != 0, "BAD_INITIALIZATION");
        require(initialBlockNumber >= -1, "BAD_INITIALIZATION");
        require(address(verifier_).code.length > 0, "BAD_INITIALIZATION");
        programHash = programHash_;
        aggregatorProgramHash = aggregatorProgramHash_;
        verifier = verifier_;
        configHash = configHash_;
        stateRoot = initialRoot;
        stateBlockNumber = initialBlockNumber;
        stateBlockHash = initialBlockHash;
    }

    function identify() external pure returns (string memory) {
        return "StarknetOrchestrator_LocalCore_1";
    }

    /// Takes an update whose data is in the blobs of this transaction; `kzgProofs[i]` proves the value of blob i at the
    /// point that the output names.
    function updateStateKzgDA(uint256[] calldata programOutput, bytes[] calldata kzgProofs) external onlyOperator {
        require(programOutput.length > HEADER_SIZE, "STARKNET_OUTPUT_TOO_SHORT");
        require(programOutput[PREVIOUS_BLOCK_NUMBER] == currentBlockWord(), "INVALID_PREV_BLOCK_NUMBER");
        require(programOutput[USE_KZG_DA] == 1, "UNEXPECTED_KZG_DA_FLAG");
        uint256 messages = HEADER_SIZE + KzgEvaluation.verify(programOutput[HEADER_SIZE:], kzgProofs);

        bytes32 outputHash = keccak256(abi.encodePacked(programOutput));
        emit LogStateTransitionFact(outputHash);
        checkOutput(programOutput, outputHash);
        moveState(programOutput);

        // The messages come after the state: paying their fees calls the operator, who must find the new state.
        uint256 end = consumeMessagesToL2(programOutput, publishMessagesToL1(programOutput, messages));
        require(end == programOutput.length, "STARKNET_OUTPUT_TOO_LONG");
        emit LogStateUpdate(stateRoot, stateBlockNumber, stateBlockHash);
        require(stateBlockNumber == int256(programOutput[NEW_BLOCK_NUMBER]), "REENTRANCY_FAILURE");
    }

    /// The present block number as the program output writes it: -1 is the field's P - 1.
    function currentBlockWord() private view returns (uint256) {
        return stateBlockNumber == -1 ? FIELD_PRIME - 1 : uint256(stateBlockNumber);
    }

    function checkOutput(uint256[] calldata programOutput, bytes32 outputHash) private view {
        for (uint256 i = 0; i < programOutput.length; ++i) {
            require(programOutput[i] < FIELD_PRIME, "PROGRAM_OUTPUT_VALUE_OUT_OF_RANGE");
        }
        require(programOutput[CONFIG_HASH] == configHash, "INVALID_CONFIG_HASH");
        require(programOutput[FULL_OUTPUT] == 0, "FULL_OUTPUT_NOT_SUPPORTED");

        uint256 proven = programHash;
        if (programOutput[OS_PROGRAM_HASH] != 0) {
            require(programOutput[OS_PROGRAM_HASH] == programHash, "AGGREGATOR_MODE_INVALID_OS_PROGRAM_HASH");
            proven = aggregatorProgramHash;
        }
        require(verifier.isValid(keccak256(abi.encode(proven, outputHash))), "NO_STATE_TRANSITION_PROOF");
    }

    function moveState(uint256[] calldata programOutput) private {
        int256 newBlockNumber = int256(programOutput[NEW_BLOCK_NUMBER]);
        require(newBlockNumber > stateBlockNumber, "INVALID_NEW_BLOCK_NUMBER");
        require(programOutput[PREVIOUS_BLOCK_HASH] == stateBlockHash, "INVALID_PREV_BLOCK_HASH");
        require(programOutput[PREVIOUS_ROOT] == stateRoot, "INVALID_PREVIOUS_ROOT");
        stateRoot = programOutput[NEW_ROOT];
        stateBlockNumber = newBlockNumber;
        stateBlockHash = programOutput[NEW_BLOCK_HASH];
    }
}
