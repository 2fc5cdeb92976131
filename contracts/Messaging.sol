// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// Messages between the two layers. A message to L2 waits here until a state update consumes it; a message to L1 is
/// put here by a state update and waits until the contract that it is for consumes it.
abstract contract Messaging {
    event LogMessageToL1(uint256 indexed fromAddress, address indexed toAddress, uint256[] payload);
    event ConsumedMessageToL1(uint256 indexed fromAddress, address indexed toAddress, uint256[] payload);
    event LogMessageToL2(
        address indexed fromAddress,
        uint256 indexed toAddress,
        uint256 indexed selector,
        uint256[] payload,
        uint256 nonce,
        uint256 fee
    );
    event ConsumedMessageToL2(
        address indexed fromAddress,
        uint256 indexed toAddress,
        uint256 indexed selector,
        uint256[] payload,
        uint256 nonce
    );

    uint256 private constant MAX_FEE = 1 ether;
    uint256 private constant MAX_LENGTH = 1 << 30;
    /// from, to, payload size
    uint256 private constant TO_L1_PREFIX = 3;
    /// from, to, nonce, selector, payload size
    uint256 private constant TO_L2_PREFIX = 5;

    /// Nonce of the next message to L2.
    uint256 public l1ToL2MessageNonce;
    /// Fee + 1 of a message to L2 that is waiting, 0 of any other.
    mapping(bytes32 => uint256) public l1ToL2Messages;
    /// How many equal messages to L1 are waiting.
    mapping(bytes32 => uint256) public l2ToL1Messages;

    function getMaxL1MsgFee() external pure returns (uint256) {
        return MAX_FEE;
    }

    /// The ether sent along is the fee; the operator who settles the message receives it.
    function sendMessageToL2(uint256 toAddress, uint256 selector, uint256[] calldata payload)
        external
        payable
        returns (bytes32 messageHash, uint256 nonce)
    {
        require(msg.value > 0, "L1_MSG_FEE_MUST_BE_GREATER_THAN_0");
        require(msg.value <= MAX_FEE, "MAX_L1_MSG_FEE_EXCEEDED");
        nonce = l1ToL2MessageNonce++;
        messageHash = keccak256(
            abi.encodePacked(uint256(uint160(msg.sender)), toAddress, nonce, selector, payload.length, payload)
        );
        l1ToL2Messages[messageHash] = msg.value + 1;
        emit LogMessageToL2(msg.sender, toAddress, selector, payload, nonce, msg.value);
    }

    function consumeMessageFromL2(uint256 fromAddress, uint256[] calldata payload) external returns (bytes32 messageHash) {
        messageHash = keccak256(abi.encodePacked(fromAddress, uint256(uint160(msg.sender)), payload.length, payload));
        require(l2ToL1Messages[messageHash] > 0, "INVALID_MESSAGE_TO_CONSUME");
        l2ToL1Messages[messageHash] -= 1;
        emit ConsumedMessageToL1(fromAddress, msg.sender, payload);
    }

    /// `words[offset]` is the size of the segment, its messages follow. Returns the offset after it.
    function publishMessagesToL1(uint256[] calldata words, uint256 offset) internal returns (uint256) {
        uint256 end;
        (offset, end) = segmentBounds(words, offset);
        while (offset < end) {
            uint256 next = messageEnd(words, offset, TO_L1_PREFIX, end);
            uint256[] calldata message = words[offset:next];
            l2ToL1Messages[keccak256(abi.encodePacked(message))] += 1;
            emit LogMessageToL1(message[0], address(uint160(message[1])), message[TO_L1_PREFIX:]);
            offset = next;
        }
        return end;
    }

    /// As above for messages to L2, which must all be waiting here. Pays their fees to the caller.
    function consumeMessagesToL2(uint256[] calldata words, uint256 offset) internal returns (uint256) {
        uint256 end;
        (offset, end) = segmentBounds(words, offset);
        uint256 fees = 0;
        while (offset < end) {
            uint256 next = messageEnd(words, offset, TO_L2_PREFIX, end);
            uint256[] calldata message = words[offset:next];
            bytes32 messageHash = keccak256(abi.encodePacked(message));
            uint256 feePlusOne = l1ToL2Messages[messageHash];
            require(feePlusOne > 0, "INVALID_MESSAGE_TO_CONSUME");
            fees += feePlusOne - 1;
            l1ToL2Messages[messageHash] = 0;
            emit ConsumedMessageToL2(
                address(uint160(message[0])), message[1], message[3], message[TO_L2_PREFIX:], message[2]
            );
            offset = next;
        }
        if (fees > 0) {
            (bool ok,) = msg.sender.call{value: fees}("");
            require(ok, "ETH_TRANSFER_FAILED");
        }
        return end;
    }

    function segmentBounds(uint256[] calldata words, uint256 offset) private pure returns (uint256 start, uint256 end) {
        require(offset < words.length, "STARKNET_OUTPUT_TOO_SHORT");
        uint256 size = words[offset];
        require(size < MAX_LENGTH, "INVALID_MESSAGE_SEGMENT_SIZE");
        start = offset + 1;
        end = start + size;
        require(end <= words.length, "STARKNET_OUTPUT_TOO_SHORT");
    }

    function messageEnd(uint256[] calldata words, uint256 offset, uint256 prefix, uint256 end)
        private
        pure
        returns (uint256 next)
    {
        require(offset + prefix <= end, "MESSAGE_TOO_SHORT");
        // The payload size is the last word of the prefix.
        uint256 payloadSize = words[offset + prefix - 1];
        require(payloadSize < MAX_LENGTH, "INVALID_PAYLOAD_LENGTH");
        next = offset + prefix + payloadSize;
        require(next <= end, "TRUNCATED_MESSAGE_PAYLOAD");
    }
}
