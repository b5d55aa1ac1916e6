"""HabitTrade's way in: ``X-API-Signature = hex(HMAC_SHA256(secret, METHOD|/path|ts|query))``.

``X-API-Timestamp`` counts milliseconds and may differ from the server's clock by five minutes. Every refusal is
HabitTrade's error code 10010008, signature.
"""

from __future__ import annotations

import hashlib
import hmac

from shortable.server.auth.call import WINDOW, Call, Credentials, Refusal, same, seconds_apart

__all__ = ["SIGNATURE_CODE", "check", "sign"]

SIGNATURE_CODE = 10010008
"""HabitTrade's error code for whatever is wrong with a signature."""


def sign(call: Call, secret: str) -> str:
    """Return the ``X-API-Signature`` header of a request with ``x-api-timestamp`` among its headers.

    Examples
    --------
    >>> sign(Call("GET", "/account/v1/positions", "page=1", {"x-api-timestamp": "1746777861334"}), "s")[:16]
    '35110295dcd237c8'
    """
    text = f"{call.method}|{call.path}|{call.headers.get('x-api-timestamp', '')}|{call.query}"
    return hmac.new(secret.encode(), text.encode("latin-1", "replace"), hashlib.sha256).hexdigest()


def check(call: Call, credentials: Credentials, now: float) -> Refusal | None:
    """Say why a request is refused, None where it is not; `now` is Unix time in seconds."""
    headers = call.headers
    missing = [
        n for n in ("X-API-Key", "X-API-Timestamp", "X-API-Signature") if not headers.get(n.lower())
    ]
    if missing:
        return _refused(f"the header {missing[0]} is missing")
    if (
        credentials.key is None
        or credentials.secret is None
        or not same(headers["x-api-key"], credentials.key)
    ):
        return _refused("the key is unknown")
    apart = seconds_apart(headers["x-api-timestamp"], now, milliseconds=True)
    if apart is None:
        return _refused("X-API-Timestamp must be Unix time in milliseconds")
    if not same(headers["x-api-signature"].lower(), sign(call, credentials.secret)):
        return _refused("it does not belong to this request")
    if apart > WINDOW:
        return _refused(f"X-API-Timestamp must be within {WINDOW:g} seconds of the server's clock")
    return None


def _refused(why: str) -> Refusal:
    return Refusal(401, f"Invalid signature: {why}", SIGNATURE_CODE)
