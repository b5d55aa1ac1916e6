"""The HTTP face: availability, short interest and the positions of a backtest, as three brokers' APIs and our own.

FastAPI and uvicorn come with the extra ``server`` and are imported when a server is made.
"""

from __future__ import annotations

from shortable.server.app import create_app
from shortable.server.auth import Credentials
from shortable.server.serve import serve
from shortable.server.settings import Settings, credentials_from

__all__ = ["Credentials", "Settings", "create_app", "credentials_from", "serve"]
