"""Longbridge as a source: its securities, its JSON both ways, and its real SDK where that is installed."""

from __future__ import annotations

from shortable.short_interest.security import Security, parse_security
from shortable.short_interest.wire import from_json, to_wire

__all__ = ["Security", "from_json", "parse_security", "to_wire"]
