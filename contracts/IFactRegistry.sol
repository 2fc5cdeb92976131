// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// What the core contract asks: was a statement with this fact proven?
interface IFactRegistry {
    function isValid(bytes32 fact) external view returns (bool);
}
