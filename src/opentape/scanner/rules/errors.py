"""What can be wrong with a rule."""


class BadRule(Exception):
    """A rule that cannot be; the text says where and why in one sentence."""
