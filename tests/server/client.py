"""Ask an application in this process, as if over HTTP."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shortable.server.auth import Call, sign_habittrade, sign_longbridge

if TYPE_CHECKING:
    import httpx

KEY, SECRET, TOKEN = "the-key", "the-secret", "the-token"


@dataclass
class Client:
    """Asks `app`; `address` is whom it seems to come from."""

    app: Any
    address: str = "127.0.0.1"

    def ask(self, method: str, url: str, **more: Any) -> httpx.Response:
        import httpx

        async def one() -> httpx.Response:
            transport = httpx.ASGITransport(
                self.app, raise_app_exceptions=False, client=(self.address, 1)
            )
            async with httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1"
            ) as client:
                return await client.request(method, url, **more)

        return asyncio.run(one())

    def get(self, url: str, **more: Any) -> httpx.Response:
        return self.ask("GET", url, **more)


def bearer(token: str = TOKEN) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def longbridge_headers(
    path: str,
    query: str = "",
    *,
    at: float | None = None,
    key: str = KEY,
    secret: str = SECRET,
    token: str = TOKEN,
) -> dict[str, str]:
    """What Longbridge's SDK sends with an API key."""
    headers = {
        "x-api-key": key,
        "authorization": token,
        "x-timestamp": str(int(time.time() if at is None else at)),
    }
    return headers | {"x-api-signature": sign_longbridge(Call("GET", path, query, headers), secret)}


_LAST = [0]


def habittrade_headers(
    path: str, query: str = "", *, at: float | None = None, key: str = KEY, secret: str = SECRET
) -> dict[str, str]:
    """What a client of HabitTrade sends; of two requests in one millisecond the second one is stamped with the next."""
    milliseconds = int((time.time() if at is None else at) * 1000)
    if at is None:
        milliseconds = _LAST[0] = max(milliseconds, _LAST[0] + 1)
    stamp = str(milliseconds)
    signature = sign_habittrade(Call("GET", path, query, {"x-api-timestamp": stamp}), secret)
    return {"X-API-Key": key, "X-API-Timestamp": stamp, "X-API-Signature": signature}
