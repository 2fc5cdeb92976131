// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// Who may update the state. The deployer governs the list and is its first member.
abstract contract Operators {
    event LogOperatorAdded(address operator);
    event LogOperatorRemoved(address operator);

    address private immutable governor;
    mapping(address => bool) private operators;

    modifier onlyOperator() {
        require(operators[msg.sender], "ONLY_OPERATOR");
        _;
    }

    modifier onlyGovernor() {
        require(msg.sender == governor, "ONLY_GOVERNANCE");
        _;
    }

    constructor() {
        governor = msg.sender;
        operators[msg.sender] = true;
        emit LogOperatorAdded(msg.sender);
    }

    function registerOperator(address newOperator) external onlyGovernor {
        if (operators[newOperator]) return;
        operators[newOperator] = true;
        emit LogOperatorAdded(newOperator);
    }

    function unregisterOperator(address removedOperator) external onlyGovernor {
        if (!operators[removedOperator]) return;
        operators[removedOperator] = false;
        emit LogOperatorRemoved(removedOperator);
    }

    function isOperator(address user) external view returns (bool) {
        return operators[user];
    }

    function starknetIsGovernor(address user) external view returns (bool) {
        return user == governor;
    }
}
