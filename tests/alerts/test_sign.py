"""Signatures, as those check them who receive them."""

import base64
import hashlib
import hmac
import runpy
from pathlib import Path

import pytest

from opentape.alerts.sign import signed
from opentape.desk.webhooks.endpoint import new_secret

SEEDS = Path(__file__).resolve().parents[3] / "shared" / "seeds"
VERIFY = SEEDS / "programs" / "003_verify.py"
BODY = b'{"event":"flow.extreme","data":{"score":91}}'
NOW_NS = 1_614_265_330 * 10**9 + 999_999_999


def standard(headers: dict[str, str], body: bytes, secret: str) -> bool:
    """Check as the specification's own libraries do."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    versions = (one.split(",", 1) for one in headers["webhook-signature"].split(" "))
    return any(version == "v1" and found == expected for version, found in versions)


def test_the_vector_of_the_specification() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105
    headers = signed(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', [secret], NOW_NS
    )
    assert headers["webhook-id"] == "msg_p5jXN8AQM9LWM0D4loKWxJek"
    assert headers["webhook-timestamp"] == "1614265330"
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_both_secrets_sign_while_one_replaces_the_other() -> None:
    new, old, other = new_secret(), new_secret(), new_secret()
    headers = signed("evt_1", BODY, [new, old], NOW_NS)
    assert standard(headers, BODY, new)
    assert standard(headers, BODY, old)
    assert not standard(headers, BODY, other)
    assert not standard(headers, BODY + b" ", new)
    assert not standard(headers | {"webhook-id": "evt_2"}, BODY, new)
    assert not standard(headers | {"webhook-timestamp": "1614265331"}, BODY, new)
    assert len(headers["webhook-signature"].split(" ")) == 2


@pytest.mark.realdata
@pytest.mark.skipif(not VERIFY.exists(), reason="needs ../shared/seeds")
def test_the_document_s_own_function_verifies() -> None:
    verify = runpy.run_path(str(VERIFY))["verify_webhook"]
    new, old = new_secret(), new_secret()
    headers = signed("evt_1", BODY, [new, old], NOW_NS)
    assert verify(BODY, headers["X-Signature"], new)
    assert verify(BODY, headers["X-Signature-Previous"], old)
    assert not verify(BODY, headers["X-Signature"], old)
    assert not verify(BODY + b" ", headers["X-Signature"], new)


def test_the_plain_signature_is_of_the_raw_body_by_the_whole_secret() -> None:
    secret = new_secret()
    expected = hmac.new(secret.encode(), BODY, hashlib.sha256).hexdigest()
    headers = signed("evt_1", BODY, [secret], NOW_NS)
    assert headers["X-Signature"] == f"sha256={expected}"
    assert "X-Signature-Previous" not in headers


def test_secrets_are_as_the_specification_asks() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    for secret in secrets:
        assert secret.startswith("whsec_")
        assert 24 <= len(base64.b64decode(secret[6:], validate=True)) <= 64
