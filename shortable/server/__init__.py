"""The HTTP server: availability, short interest and the positions of a backtest, as three brokers' APIs and our own.

``shortable serve --data FOLDER --result FOLDER`` runs it, or::

    serve(Settings(data_folder=Path("borrow"), result_folder=Path("out"), credentials=credentials_from()))

Longbridge's SDK is pointed at it by ``Config.from_apikey(key, secret, token, http_url="http://127.0.0.1:8000")``.
FastAPI and uvicorn come with the extra ``server`` and are imported when a server is made.
"""

from __future__ import annotations

from shortable.server.app import create_app
from shortable.server.auth import Credentials
from shortable.server.serve import serve
from shortable.server.settings import Settings, credentials_from

__all__ = ["Credentials", "Settings", "create_app", "credentials_from", "serve"]
