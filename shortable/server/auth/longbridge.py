"""Longbridge's two ways in: a signed request with key and token, or OAuth's bearer token alone.

The signature is over the request line and the headers that ``SignedHeaders`` names::

    S   = METHOD|path|query|authorization:{token}\\nx-api-key:{key}\\nx-timestamp:{ts}\\n|authorization;x-api-key;x-timestamp|
    sig = hex(HMAC_SHA256(secret, "HMAC-SHA256|" + sha1hex(S [+ sha1hex(body)])))

Error codes are those of Longbridge's documentation (403201 signature invalid, 403203 apikey illegal) and 401004,
token invalid, which its clients report. It signs in whole seconds without a nonce, so two identical requests of one
second are indistinguishable: the time window is what bounds a replay.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from shortable.server.auth.bearer import bearer_token
from shortable.server.auth.call import WINDOW, Call, Credentials, Refusal, same, seconds_apart

__all__ = ["check", "sign"]

_SIGNATURE = re.compile(r"HMAC-SHA256 SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})")
_WITH_TOKEN, _WITHOUT = "authorization;x-api-key;x-timestamp", "x-api-key;x-timestamp"
_KEY_ILLEGAL = Refusal(403, "apikey illegal", 403203)
_TOKEN_INVALID = Refusal(401, "token invalid", 401004)


def sign(call: Call, secret: str, signed: str = _WITH_TOKEN) -> str:
    """Return the ``x-api-signature`` header of a request.

    Parameters
    ----------
    call : Call
        With the headers that `signed` names.
    secret : str
    signed : str
        Names of the signed headers, lower case, joined by semicolons.

    Examples
    --------
    >>> call = Call("GET", "/v1/quote", "symbol=TSLA.US", {"x-api-key": "k", "x-timestamp": "1", "authorization": "t"})
    >>> sign(call, "s")[:60]
    'HMAC-SHA256 SignedHeaders=authorization;x-api-key;x-timestam'
    """
    values = "".join(f"{name}:{call.headers.get(name, '')}\n" for name in signed.split(";"))
    text = f"{call.method}|{call.path}|{call.query}|{values}|{signed}|"
    if call.body:
        text += hashlib.sha1(call.body, usedforsecurity=False).hexdigest()
    digest = hashlib.sha1(text.encode("latin-1", "replace"), usedforsecurity=False).hexdigest()
    mac = hmac.new(secret.encode(), f"HMAC-SHA256|{digest}".encode(), hashlib.sha256).hexdigest()
    return f"HMAC-SHA256 SignedHeaders={signed}, Signature={mac}"


def check(call: Call, credentials: Credentials, now: float) -> Refusal | None:
    """Say why a request is refused, None where it is not; `now` is Unix time in seconds."""
    token = bearer_token(call)
    if token is not None:
        return (
            None
            if credentials.token is not None and same(token, credentials.token)
            else _TOKEN_INVALID
        )
    if "x-api-signature" not in call.headers and "authorization" not in call.headers:
        return Refusal(
            401, "token invalid: the request has neither a signature nor a bearer token", 401004
        )
    if credentials.key is None or credentials.secret is None:
        return _KEY_ILLEGAL
    if not same(call.headers.get("x-api-key", ""), credentials.key):
        return _KEY_ILLEGAL
    return _signature_refusal(call, credentials.secret, now) or _token_refusal(call, credentials)


def _signature_refusal(call: Call, secret: str, now: float) -> Refusal | None:
    found = _SIGNATURE.fullmatch(call.headers.get("x-api-signature", ""))
    # A token that came along unsigned could be exchanged on the way.
    wanted = _WITH_TOKEN if "authorization" in call.headers else _WITHOUT
    if found is None or found[1] != wanted:
        return _invalid(
            f"x-api-signature must be 'HMAC-SHA256 SignedHeaders={wanted}, Signature=<hex>'"
        )
    apart = seconds_apart(call.headers.get("x-timestamp", ""), now)
    if apart is None:
        return _invalid("x-timestamp must be Unix time in seconds")
    if not same(
        call.headers["x-api-signature"].replace(",Signature", ", Signature"),
        sign(call, secret, wanted),
    ):
        return _invalid("")
    if apart > WINDOW:
        return _invalid(f"x-timestamp must be within {WINDOW:g} seconds of the server's clock")
    return None


def _token_refusal(call: Call, credentials: Credentials) -> Refusal | None:
    if credentials.token is None or same(call.headers.get("authorization", ""), credentials.token):
        return None
    return _TOKEN_INVALID


def _invalid(why: str) -> Refusal:
    return Refusal(403, f"signature invalid: {why}" if why else "signature invalid", 403201)
