"""Kinds of default networks, by kind of data: one per file."""

from bridle.networks.kinds.base import NetworkKind as NetworkKind

__all__ = ["NetworkKind"]
