// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// Checks that the blobs of this transaction are the data that the program output commits to (EIP-4844).
library KzgEvaluation {
    address private constant POINT_EVALUATION = address(0x0a);
    uint256 private constant FIELD_ELEMENTS_PER_BLOB = 4096;
    uint256 private constant BLS_MODULUS =
        52435875175126190479447740508185965837690552500527637822603658699938581184513;

    uint256 private constant HEADER_WORDS = 2;
    uint256 private constant WORDS_PER_BLOB = 4;

    /// `segment` starts with z and the number n of blobs; then, for each blob, the commitment as (low, high) halves of
    /// 192 bits; then, for each blob, the value at z as (low, high) halves of 128 bits. What follows is not looked at.
    /// Returns the number of words that belong to the segment: 2 + 4n.
    function verify(uint256[] calldata segment, bytes[] calldata proofs) internal view returns (uint256) {
        require(segment.length >= HEADER_WORDS, "KZG_SEGMENT_TOO_SHORT");
        uint256 z = segment[0];
        uint256 blobs = segment[1];
        require(blobs <= (segment.length - HEADER_WORDS) / WORDS_PER_BLOB, "KZG_SEGMENT_TOO_SHORT");
        require(proofs.length == blobs, "INVALID_NUMBER_OF_KZG_PROOFS");

        uint256 evaluations = HEADER_WORDS + 2 * blobs;
        for (uint256 i = 0; i < blobs; ++i) {
            bytes32 versionedHash = blobhash(i);
            require(versionedHash != 0, "INVALID_BLOB_INDEX");
            require(versionedHash[0] == 0x01, "UNEXPECTED_BLOB_HASH_VERSION");
            bytes memory commitment = joinCommitment(segment[HEADER_WORDS + 2 * i:]);
            uint256 y = joinEvaluation(segment[evaluations + 2 * i:]);
            verifyBlob(z, versionedHash, commitment, y, proofs[i]);
        }
        return HEADER_WORDS + WORDS_PER_BLOB * blobs;
    }

    function joinCommitment(uint256[] calldata halves) private pure returns (bytes memory) {
        (uint256 low, uint256 high) = (halves[0], halves[1]);
        require(low < 1 << 192 && high < 1 << 192, "INVALID_KZG_COMMITMENT");
        return abi.encodePacked(uint192(high), uint192(low));
    }

    function joinEvaluation(uint256[] calldata halves) private pure returns (uint256) {
        (uint256 low, uint256 high) = (halves[0], halves[1]);
        require(low < 1 << 128 && high < 1 << 128, "INVALID_Y_VALUE");
        return (high << 128) | low;
    }

    function verifyBlob(uint256 z, bytes32 versionedHash, bytes memory commitment, uint256 y, bytes calldata proof)
        private
        view
    {
        require(proof.length == 48, "INVALID_KZG_PROOF_SIZE");
        // The precompile itself checks that the versioned hash belongs to the commitment.
        (bool ok, bytes memory output) =
            POINT_EVALUATION.staticcall(abi.encodePacked(versionedHash, z, y, commitment, proof));
        require(ok, "POINT_EVALUATION_PRECOMPILE_CALL_FAILED");
        require(
            keccak256(output) == keccak256(abi.encode(FIELD_ELEMENTS_PER_BLOB, BLS_MODULUS)),
            "UNEXPECTED_POINT_EVALUATION_PRECOMPILE_OUTPUT"
        );
    }
}
