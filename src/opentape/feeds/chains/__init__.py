"""Chain snapshots of every vendor to one chain: a file, its content, its columns."""

from opentape.feeds.chains.read import ChainFile, read_chain, read_chains

__all__ = ["ChainFile", "read_chain", "read_chains"]
