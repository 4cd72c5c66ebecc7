"""The Merkle root of RFC 6962 (section 2.1), over which a checkpoint seals the heads of all chains.

Leaves and nodes are hashed with different first bytes, so that no node can pass for a leaf.
"""

import hashlib
from collections.abc import Sequence

LEAF = b"\x00"
NODE = b"\x01"


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf."""
    return hashlib.sha256(LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return hashlib.sha256(NODE + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over the leaves' data in their order; of no leaves, the hash of nothing."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    return _joined([leaf_hash(data) for data in leaves])


def _joined(hashes: Sequence[bytes]) -> bytes:
    """The left subtree is the largest whole power of two that leaves something to the right."""
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(_joined(hashes[:split]), _joined(hashes[split:]))
