"""The question about a chain: what is it worth, and where are its levels."""

from opentape.desk.chain.analyse import Question, analyse
from opentape.desk.chain.reply import ChainReply

__all__ = ["ChainReply", "Question", "analyse"]
