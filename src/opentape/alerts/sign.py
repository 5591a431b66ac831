"""Signatures: those of Standard Webhooks, and a plain one of the body beside them.

Source
------
Standard Webhooks specification 1.0, symmetric signatures ``v1``.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from opentape.desk.webhooks.endpoint import SECRET_MARK

SIGNATURE: Final = "webhook-signature"
PLAIN: Final = "X-Signature"
PLAIN_OLD: Final = "X-Signature-Previous"
_SECOND_NS: Final = 10**9


def signed(
    event_id: str, body: bytes, secrets: Sequence[str], now_ns: int
) -> dict[str, str]:
    """Return the headers that vouch for a body.

    Parameters
    ----------
    secrets
        One, or while it is being changed the new one and the one before.

    Examples
    --------
    >>> sorted(signed("evt_1", b"{}", ["whsec_c2VjcmV0"], 0))
    ['X-Signature', 'webhook-id', 'webhook-signature', 'webhook-timestamp']
    """
    timestamp = str(now_ns // _SECOND_NS)
    content = b".".join((event_id.encode(), timestamp.encode(), body))
    headers = {
        "webhook-id": event_id,
        "webhook-timestamp": timestamp,
        SIGNATURE: " ".join(_standard(secret, content) for secret in secrets),
    }
    plain = zip((PLAIN, PLAIN_OLD), secrets, strict=False)
    return headers | {name: _plain(secret, body) for name, secret in plain}


def _standard(secret: str, content: bytes) -> str:
    digest = hmac.digest(_key(secret), content, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def _plain(secret: str, body: bytes) -> str:
    # its receivers take the whole text of the secret as the key
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def _key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(SECRET_MARK), validate=True)
