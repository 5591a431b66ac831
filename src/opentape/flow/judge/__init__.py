"""Judge parents when asked: what they mean, scored with every part shown."""

from opentape.flow.judge.verdict import judge

__all__ = ["judge"]
