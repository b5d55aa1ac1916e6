"""Who may ask: each broker's way in, as a pure function of request, credentials and time."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

__all__ = [
    "SIGNATURE_CODE",
    "WINDOW",
    "Call",
    "Credentials",
    "Refusal",
    "bearer_token",
    "check_bearer",
    "check_habittrade",
    "check_longbridge",
    "check_own",
    "habittrade_nonce",
    "headers_of",
    "same",
    "seconds_apart",
    "sign_habittrade",
    "sign_longbridge",
]

WINDOW = 300.0
"""Seconds by which a signed request's time may differ from the server's: HabitTrade's ±5 minutes, used for all."""

_WHOLE = re.compile(r"[0-9]{1,16}")
_DECIMAL = re.compile(r"[0-9]{1,16}(\.[0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a caller must prove to know; no part of it is ever printed."""

    key: str | None = field(default=None, repr=False)
    """Public half of the signing pair; goes with `secret`."""
    secret: str | None = field(default=None, repr=False)
    """Secret half, with which requests are signed."""
    token: str | None = field(default=None, repr=False)
    """Bearer token; Longbridge's API-key scheme sends it beside the signature."""

    def __bool__(self) -> bool:
        return self.secret is not None or self.token is not None


@dataclass(frozen=True, slots=True)
class Call:
    """One request, as it came over the wire."""

    method: str
    """``GET``, in capitals."""
    path: str
    """As sent: percent signs are not decoded."""
    query: str
    """As sent, without ``?``."""
    headers: Mapping[str, str] = field(repr=False)
    """By lower-case name; see `headers_of`."""
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not answered."""

    status: int
    """HTTP status."""
    message: str
    """For the caller: what is wrong, nothing about the server."""
    code: int | None = None
    """The broker's own error code, where it has one for this."""
    retry_after: int | None = None
    """Whole seconds after which the same request may be answered."""


def headers_of(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return headers by lower-case name; one that is sent twice has both values, so that no check passes on one.

    Examples
    --------
    >>> headers_of([(b"X-Api-Key", b"k"), (b"x-api-key", b"other")])
    {'x-api-key': 'k, other'}
    """
    found: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def same(given: str, wanted: str) -> bool:
    """Compare two secrets in a time that does not tell how much of them agrees."""
    return hmac.compare_digest(
        given.encode("utf-8", "surrogatepass"), wanted.encode("utf-8", "surrogatepass")
    )


def seconds_apart(stamp: str, now: float, *, milliseconds: bool = False) -> float | None:
    """Return how far a request's time lies from the server's, in seconds, at least 0; None where it is no time.

    Parameters
    ----------
    stamp : str
        Unix time: seconds, which may have decimals, or whole milliseconds.
    now : float
        Unix time of the server, in seconds.
    milliseconds : bool
        What `stamp` counts.

    Examples
    --------
    >>> seconds_apart("1700000000", 1700000010.0), seconds_apart("1700000000000", 1700000010.0, milliseconds=True)
    (10.0, 10.0)
    """
    if not (_WHOLE if milliseconds else _DECIMAL).fullmatch(stamp):
        return None
    return abs(now - (int(stamp) / 1000 if milliseconds else float(stamp)))


_PREFIX = "bearer "


def bearer_token(call: Call) -> str | None:
    """Return the bearer token that a request carries, None where it carries none.

    Examples
    --------
    >>> bearer_token(Call("GET", "/", "", {"authorization": "Bearer abc"}))
    'abc'
    """
    value = call.headers.get("authorization", "")
    return value[len(_PREFIX) :].strip() if value[: len(_PREFIX)].lower() == _PREFIX else None


def check_bearer(call: Call, credentials: Credentials, now: float) -> Refusal | None:
    """Say why a request is refused, None where it is not; a token has no time, so `now` is not looked at."""
    token = bearer_token(call)
    if token is None:
        return Refusal(401, "the header 'Authorization: Bearer TOKEN' is missing")
    if credentials.token is None or not same(token, credentials.token):
        return Refusal(401, "the token is unknown")
    return None


SIGNATURE_CODE = 10010008
"""HabitTrade's error code for whatever is wrong with a signature."""


def sign_habittrade(call: Call, secret: str) -> str:
    """Return the ``X-API-Signature`` header of a request with ``x-api-timestamp`` among its headers.

    HabitTrade's rule is ``hex(HMAC_SHA256(secret, METHOD|/path|timestamp|query))``, its timestamp in milliseconds.

    Examples
    --------
    >>> sign_habittrade(Call("GET", "/account/v1/positions", "page=1", {"x-api-timestamp": "1746777861334"}), "s")[:16]
    '35110295dcd237c8'
    """
    text = f"{call.method}|{call.path}|{call.headers.get('x-api-timestamp', '')}|{call.query}"
    return hmac.new(secret.encode(), text.encode("latin-1", "replace"), hashlib.sha256).hexdigest()


def check_habittrade(call: Call, credentials: Credentials, now: float) -> Refusal | None:
    """Say why a request is refused, None where it is not; `now` is Unix time in seconds.

    ``X-API-Timestamp`` may differ from the server's clock by five minutes. Every refusal carries HabitTrade's error code
    10010008, signature.
    """
    headers = call.headers
    missing = [
        n for n in ("X-API-Key", "X-API-Timestamp", "X-API-Signature") if not headers.get(n.lower())
    ]
    if missing:
        return _habittrade_refusal(f"the header {missing[0]} is missing")
    if (
        credentials.key is None
        or credentials.secret is None
        or not same(headers["x-api-key"], credentials.key)
    ):
        return _habittrade_refusal("the key is unknown")
    apart = seconds_apart(headers["x-api-timestamp"], now, milliseconds=True)
    if apart is None:
        return _habittrade_refusal("X-API-Timestamp must be Unix time in milliseconds")
    if not same(headers["x-api-signature"].lower(), sign_habittrade(call, credentials.secret)):
        return _habittrade_refusal("it does not belong to this request")
    if apart > WINDOW:
        return _habittrade_refusal(
            f"X-API-Timestamp must be within {WINDOW:g} seconds of the server's clock"
        )
    return None


def _habittrade_refusal(why: str) -> Refusal:
    return Refusal(401, f"Invalid signature: {why}", SIGNATURE_CODE)


def habittrade_nonce(call: Call) -> tuple[str, float] | None:
    """Return what a signed request may be answered by once, and until when, in Unix time; None where it is not signed.

    The signature is over the path, the query and the millisecond: a client's next request has another one.

    Examples
    --------
    >>> habittrade_nonce(Call("GET", "/", "", {"x-api-signature": "AB", "x-api-timestamp": "1000"}))
    ('ab', 301.0)
    """
    signature = call.headers.get("x-api-signature")
    if signature is None:
        return None
    return signature.lower(), int(call.headers["x-api-timestamp"]) / 1000 + WINDOW


_LONGBRIDGE_SIGNATURE = re.compile(
    r"HMAC-SHA256 SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})"
)
_WITH_TOKEN, _WITHOUT = "authorization;x-api-key;x-timestamp", "x-api-key;x-timestamp"
_KEY_ILLEGAL = Refusal(403, "apikey illegal", 403203)
_TOKEN_INVALID = Refusal(401, "token invalid", 401004)


def sign_longbridge(call: Call, secret: str, signed: str = _WITH_TOKEN) -> str:
    """Return the ``x-api-signature`` header of a request, by Longbridge's rule.

    It signs the request line and the headers that ``SignedHeaders`` names::

        S   = METHOD|path|query|authorization:{token}\\nx-api-key:{key}\\nx-timestamp:{ts}\\n|authorization;x-api-key;x-timestamp|
        sig = hex(HMAC_SHA256(secret, "HMAC-SHA256|" + sha1hex(S [+ sha1hex(body)])))

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
    >>> sign_longbridge(call, "s")[:60]
    'HMAC-SHA256 SignedHeaders=authorization;x-api-key;x-timestam'
    """
    values = "".join(f"{name}:{call.headers.get(name, '')}\n" for name in signed.split(";"))
    text = f"{call.method}|{call.path}|{call.query}|{values}|{signed}|"
    if call.body:
        text += hashlib.sha1(call.body, usedforsecurity=False).hexdigest()
    digest = hashlib.sha1(text.encode("latin-1", "replace"), usedforsecurity=False).hexdigest()
    mac = hmac.new(secret.encode(), f"HMAC-SHA256|{digest}".encode(), hashlib.sha256).hexdigest()
    return f"HMAC-SHA256 SignedHeaders={signed}, Signature={mac}"


def check_longbridge(call: Call, credentials: Credentials, now: float) -> Refusal | None:
    """Say why a request is refused, None where it is not; `now` is Unix time in seconds.

    Longbridge knows two ways in: a signed request with key and token, or OAuth's bearer token alone. Error codes are
    those of its documentation (403201 signature invalid, 403203 apikey illegal) and 401004, token invalid, which its
    clients report. It signs in whole seconds without a nonce, so two identical requests of one second cannot be told
    apart: the time window is what bounds a replay.
    """
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
    found = _LONGBRIDGE_SIGNATURE.fullmatch(call.headers.get("x-api-signature", ""))
    # A token that came along unsigned could be exchanged on the way.
    wanted = _WITH_TOKEN if "authorization" in call.headers else _WITHOUT
    if found is None or found[1] != wanted:
        return _signature_invalid(
            f"x-api-signature must be 'HMAC-SHA256 SignedHeaders={wanted}, Signature=<hex>'"
        )
    apart = seconds_apart(call.headers.get("x-timestamp", ""), now)
    if apart is None:
        return _signature_invalid("x-timestamp must be Unix time in seconds")
    if not same(
        call.headers["x-api-signature"].replace(",Signature", ", Signature"),
        sign_longbridge(call, secret, wanted),
    ):
        return _signature_invalid("")
    if apart > WINDOW:
        return _signature_invalid(
            f"x-timestamp must be within {WINDOW:g} seconds of the server's clock"
        )
    return None


def _token_refusal(call: Call, credentials: Credentials) -> Refusal | None:
    if credentials.token is None or same(call.headers.get("authorization", ""), credentials.token):
        return None
    return _TOKEN_INVALID


def _signature_invalid(why: str) -> Refusal:
    return Refusal(403, f"signature invalid: {why}" if why else "signature invalid", 403201)


def check_own(call: Call, credentials: Credentials, now: float) -> Refusal | None:
    """Say why a request is refused, None where it is not; `now` is Unix time in seconds."""
    check = check_habittrade if "x-api-signature" in call.headers else check_bearer
    refusal = check(call, credentials, now)
    return None if refusal is None else Refusal(refusal.status, refusal.message)
