"""Run by an interpreter that has Longbridge's real SDK: asks a server everything, prints one JSON document.

``python sdk_client.py URL KEY SECRET TOKEN CLIENT_ID``; the OAuth token is cached under ``$HOME`` beforehand.
"""

from __future__ import annotations

import asyncio
import json
import sys
from importlib.metadata import version


def rows(answer) -> list[dict]:
    """Every field of every item; an item has those of both markets."""
    names = (
        [name for name in dir(answer.data[0]) if not name.startswith("_")] if answer.data else []
    )
    return [{name: getattr(item, name) for name in names} for item in answer.data]


def attempt(ask, *arguments):
    try:
        answer = ask(*arguments)
    except OpenApiException as error:
        return {
            "error": type(error).__name__,
            "code": getattr(error, "code", None),
            "message": str(getattr(error, "message", "")),
            "trace_id": getattr(error, "trace_id", None),
        }
    return rows(answer)


def no_browser(url: str) -> None:
    raise AssertionError(f"the cached token was not taken: {url}")


def asked(config) -> dict:
    context = QuoteContext(config)
    found = {
        name: attempt(context.short_positions, name, 20)
        for name in ("TSLA.US", "tsla.us", "700.HK", "00700.HK", "NOBODY.US")
    }
    found["default"] = attempt(context.short_positions, "TSLA.US")
    for count in (0, 1, 100, 101, 1000):
        found[f"count {count}"] = attempt(context.short_positions, "TSLA.US", count)
    return found


async def asked_async(config) -> dict:
    context = AsyncQuoteContext.create(config)
    found = {}
    for name in ("TSLA.US", "700.HK"):
        found[name] = rows(await context.short_positions(name, 20))
    try:
        await context.short_positions("TSLA.US", 101)
    except OpenApiException as error:
        found["count 101"] = {"error": type(error).__name__, "code": getattr(error, "code", None)}
    return found


def apikey(key=None, secret=None, token=None):
    return Config.from_apikey(key or KEY, secret or SECRET, token or TOKEN, http_url=URL)


def positions() -> list:
    answer = TradeContext(apikey()).stock_positions()
    return [
        [p.symbol, str(p.quantity), str(p.cost_price), str(p.init_quantity)]
        for c in answer.channels
        for p in c.positions
    ]


async def oauth_async() -> dict:
    oauth = await OAuthBuilder(CLIENT_ID).build_async(no_browser)
    return await asked_async(Config.from_oauth(oauth, http_url=URL))


def main() -> None:
    document = {
        "version": version("longbridge"),
        "apikey": asked(apikey()),
        "apikey async": asyncio.run(asked_async(apikey())),
        "oauth": asked(Config.from_oauth(OAuthBuilder(CLIENT_ID).build(no_browser), http_url=URL)),
        "oauth async": asyncio.run(oauth_async()),
        "wrong secret": attempt(
            QuoteContext(apikey(secret="wrong")).short_positions, "TSLA.US", 20
        ),
        "wrong key": attempt(QuoteContext(apikey(key="wrong")).short_positions, "TSLA.US", 20),
        "wrong token": attempt(QuoteContext(apikey(token="wrong")).short_positions, "TSLA.US", 20),
        "positions": positions(),
    }
    print(json.dumps(document))


if __name__ == "__main__":  # pytest imports every module in search of doctests
    from longbridge.openapi import (
        AsyncQuoteContext,
        Config,
        OAuthBuilder,
        OpenApiException,
        QuoteContext,
        TradeContext,
    )

    URL, KEY, SECRET, TOKEN, CLIENT_ID = sys.argv[1:]
    main()
