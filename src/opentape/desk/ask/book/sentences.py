"""What exposures come to, in a sentence each.

All rest on one convention, dealers long calls and short puts: hence "would".
"""


def of_gamma(net_gex: float | None) -> str | None:
    """Return what dealers would do when spot moves."""
    return _by_sign(
        net_gex,
        "Dealers would be long gamma: selling into rises and buying dips dampens moves.",
        "Dealers would be short gamma: buying into rises, selling dips amplifies moves.",
        "Dealers would hold no gamma on balance.",
    )


def of_vanna(net_vex: float | None) -> str | None:
    """Return what dealers would do when vol moves."""
    return _by_sign(
        net_vex,
        "Dealers' delta would grow with vol: they sell when vol rises, buy when it falls.",
        "Dealers' delta would fall with vol: they buy when vol rises, sell when it falls.",
        "Dealers would hold no vanna on balance.",
    )


def of_charm(net_chex: float | None) -> str | None:
    """Return what dealers would do as time passes."""
    return _by_sign(
        net_chex,
        "Dealers' delta would grow as days pass: they sell to stay hedged.",
        "Dealers' delta would fall as days pass: they buy to stay hedged.",
        "Dealers would hold no charm on balance.",
    )


def _by_sign(value: float | None, above: str, below: str, none: str) -> str | None:
    if value is None:
        return None
    if value == 0:
        return none
    return above if value > 0 else below
