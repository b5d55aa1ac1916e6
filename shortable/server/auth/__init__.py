"""Who may ask: one module a broker, each a pure function of request, credentials and time."""

from __future__ import annotations

from shortable.server.auth.call import WINDOW, Call, Credentials, Refusal

__all__ = ["WINDOW", "Call", "Credentials", "Refusal"]
