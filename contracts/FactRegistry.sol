// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import "./IFactRegistry.sol";

/// A registry for local chains: it believes whoever registers a fact, where a real one verifies a proof first.
contract FactRegistry is IFactRegistry {
    event FactRegistered(bytes32 indexed fact);

    mapping(bytes32 => bool) private facts;

    /// Registering a fact twice is harmless and logs nothing the second time.
    function registerFact(bytes32 fact) external {
        if (facts[fact]) return;
        facts[fact] = true;
        emit FactRegistered(fact);
    }

    function isValid(bytes32 fact) external view override returns (bool) {
        return facts[fact];
    }
}
