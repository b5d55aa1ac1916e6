"""``Authorization: Bearer …``: Futu's way in, Longbridge's with OAuth, and one of shortable's own."""

from __future__ import annotations

from shortable.server.auth.call import Call, Credentials, Refusal, same

__all__ = ["bearer_token", "check"]

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


def check(call: Call, credentials: Credentials, now: float) -> Refusal | None:
    """Say why a request is refused, None where it is not; a token has no time, so `now` is not looked at."""
    token = bearer_token(call)
    if token is None:
        return Refusal(401, "the header 'Authorization: Bearer TOKEN' is missing")
    if credentials.token is None or not same(token, credentials.token):
        return Refusal(401, "the token is unknown")
    return None
