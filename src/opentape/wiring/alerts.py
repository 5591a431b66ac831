"""Settings to alerts: conditions are read as those of the scanner's rules are."""

from typing import Final, cast

from opentape.client.wire.replies import FlowSignal
from opentape.desk.rules.ports import Condition
from opentape.flow.signal import Signal
from opentape.market.errors import BadField
from opentape.scanner.rules.errors import BadRule
from opentape.scanner.rules.expression import condition
from opentape.scanner.rules.facts import Facts

_BESIDE: Final = ("spot", "chain.", "flow.")


def read_condition(text: str) -> Condition:
    """Return a condition on a signal.

    Raises
    ------
    BadField
        If it is none, or looks at more than the signal.
    """
    try:
        read = condition(text)
    except BadRule as error:
        raise BadField(f"when cannot be read: {error}", "when") from error
    beside = sorted(name for name in read.names if name.startswith(_BESIDE))
    if beside:
        raise BadField(f"when must name fields of a signal, was {beside[0]!r}", "when")

    def holds(signal: Signal) -> bool:
        # what is read of a signal here has the same names there
        return read(Facts(signal.symbol, cast("FlowSignal", signal)))

    return holds
