"""The way to shortable's own answers: a bearer token, or a request signed as HabitTrade's are."""

from __future__ import annotations

from shortable.server.auth import bearer, habittrade
from shortable.server.auth.call import Call, Credentials, Refusal

__all__ = ["check"]


def check(call: Call, credentials: Credentials, now: float) -> Refusal | None:
    """Say why a request is refused, None where it is not; `now` is Unix time in seconds."""
    scheme = habittrade if "x-api-signature" in call.headers else bearer
    refused = scheme.check(call, credentials, now)
    return None if refused is None else Refusal(refused.status, refused.message)
