"""Longbridge as a source: without its SDK, with a stand-in for it, and, where it is installed, with the real one."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib.util
import json
import subprocess
import sys
import textwrap
from datetime import date, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from shortable.errors import (
    InvalidInputError,
    MissingDependencyError,
    SnapshotConflictError,
    StoreError,
)
from shortable.short_interest import ShortInterest
from shortable.short_interest.longbridge import fetch, fetch_async, from_json, store_positions

ROW = {
    "timestamp": "2022-03-15T04:00:00Z",
    "current_shares_short": "111286790",
    "avg_daily_share_volume": "95077016",
    "days_to_cover": "1.17",
    "rate": "0.0068",
    "close": "",
    "amount": "",
    "balance": "",
    "cost": "",
}


class Refusal(Exception):
    """Stands in for the SDK's OpenApiException."""

    code, message = 301600, "invalid symbol"


def stand_in(asked: list[tuple[Any, ...]]) -> ModuleType:
    """A module with the part of the SDK's face that is used; items are objects of strings, as the SDK's are."""

    def answer(config: Any, symbol: str, count: int) -> Any:
        asked.append((config, symbol, count))
        if symbol == "BAD.US":
            raise Refusal
        return SimpleNamespace(data=[SimpleNamespace(**ROW)])

    class Context:
        def __init__(self, config: Any) -> None:
            self.config = config

        def short_positions(self, symbol: str, count: int) -> Any:
            return answer(self.config, symbol, count)

    class AsyncContext(Context):
        create = classmethod(lambda cls, config: cls(config))

        async def short_positions(self, symbol: str, count: int) -> Any:
            return answer(self.config, symbol, count)

    def from_env() -> str:
        raise Refusal("missing environment variable: LONGBRIDGE_APP_KEY")

    module = ModuleType("longbridge")
    module.openapi = SimpleNamespace(  # type: ignore[attr-defined]
        QuoteContext=Context,
        AsyncQuoteContext=AsyncContext,
        OpenApiException=Refusal,
        Config=SimpleNamespace(from_apikey_env=from_env),
    )
    return module


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    calls: list[tuple[Any, ...]] = []
    monkeypatch.setitem(sys.modules, "longbridge", stand_in(calls))
    return calls


def test_without_the_sdk_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "longbridge", None)
    with pytest.raises(
        MissingDependencyError, match=r'pip install "shortable-provider\[longbridge\]"'
    ):
        fetch("TSLA.US")


def test_what_is_asked_and_read(asked: list[tuple[Any, ...]]) -> None:
    (row,) = found = fetch("st/us/tsla", 5, "config")
    assert asked == [("config", "TSLA.US", 5)]
    assert (row.settlement_date, row.rate, found.sources) == (
        date(2022, 3, 15),
        0.0068,
        ("longbridge",),
    )
    assert asyncio.run(fetch_async("tsla", 5, "config")) == found


def test_refusals_are_ours(asked: list[tuple[Any, ...]]) -> None:
    with pytest.raises(
        StoreError,
        match=r"Longbridge gave no short positions of BAD\.US: invalid symbol \(code 301600\)",
    ):
        fetch("BAD", 5, "config")
    with pytest.raises(StoreError, match="code 301600"):
        asyncio.run(fetch_async("BAD", 5, "config"))
    with pytest.raises(InvalidInputError, match=r"config=None must be given.*LONGBRIDGE_APP_KEY"):
        fetch("TSLA")
    for count in (0, 101, True):
        with pytest.raises(InvalidInputError, match="count"):
            fetch("TSLA", count, "config")


def test_what_was_fetched_is_kept_once(asked: list[tuple[Any, ...]], tmp_path: Path) -> None:
    found = fetch("TSLA", 5, "config")
    assert store_positions(found, data_folder=tmp_path) == 1
    assert store_positions(found, data_folder=tmp_path) == 0
    (kept,) = ShortInterest(tmp_path).short_positions("TSLA.US")
    assert dataclasses.replace(kept, known_at=None) == found.rows[0]
    # Business days after Tuesday 15 March 2022: the 16th is the first, Friday the 25th the eighth; then Monday.
    assert ShortInterest(tmp_path).at("TSLA", datetime(2022, 3, 28, 9, 29)) is None
    assert ShortInterest(tmp_path).at("TSLA", datetime(2022, 3, 28, 9, 30)) == kept
    other = from_json([ROW | {"current_shares_short": "5"}], "TSLA")
    with pytest.raises(SnapshotConflictError):
        store_positions(other, data_folder=tmp_path)
    assert store_positions(other, data_folder=tmp_path, replace=True) == 1
    assert store_positions(from_json([], "TSLA"), data_folder=tmp_path) == 0


SERVER = """
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from shortable.short_interest import ShortInterest
from shortable.short_interest.longbridge import parse_security, to_wire
reader = ShortInterest(sys.argv[1])
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        address = urlsplit(self.path)
        asked = parse_qs(address.query)
        security = parse_security(asked["symbol"][0])
        body = to_wire(reader.short_positions(security.symbol, int(asked["count"][0])))
        if security.symbol == "BAD":
            body = {"code": 301600, "message": "invalid symbol"}
        content = json.dumps(body).encode()
        known = address.path == "/v1/quote/short-positions/" + security.market.suffix.lower()
        self.send_response(200 if known else 404)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
    def log_message(self, *arguments):
        pass
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


def test_the_real_sdk_reads_what_we_serve(folder: Path) -> None:
    """The server is a process of its own: the SDK's synchronous call keeps Python's lock while it waits."""
    if importlib.util.find_spec("longbridge") is None:
        pytest.skip("longbridge (extra longbridge) is not installed")
    from longbridge.openapi import AsyncQuoteContext, Config, QuoteContext

    server = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SERVER), str(folder)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        config = Config.from_apikey("key", "secret", "token", http_url=f"http://127.0.0.1:{port}")
        items = QuoteContext(config).short_positions("GME.US", 20).data
        # Midnight in New York in winter is 05:00 UTC.
        assert [
            (i.timestamp, i.current_shares_short, i.avg_daily_share_volume, i.days_to_cover)
            for i in items
        ] == [
            ("2021-01-15T05:00:00Z", "100", "50", "2.00"),
            ("2021-01-29T05:00:00Z", "150", "60", "2.50"),
        ]

        async def ask() -> Any:
            return await AsyncQuoteContext.create(config).short_positions("00700.HK", 1)

        (item,) = asyncio.run(ask()).data
        assert (item.timestamp, item.amount, item.balance, item.cost) == (
            "2022-12-08T16:00:00Z",
            "30000",
            "9300000",
            "310.000",
        )
        reader = ShortInterest(folder)
        for symbol in ("GME.US", "700.HK", "BRK.B", "NOPE.US"):
            stored = json.dumps(
                [r.settlement_date.isoformat() for r in reader.short_positions(symbol)]
            )
            for found in (fetch(symbol, 20, config), asyncio.run(fetch_async(symbol, 20, config))):
                assert json.dumps([r.settlement_date.isoformat() for r in found]) == stored
        with pytest.raises(StoreError, match="invalid symbol"):
            fetch("BAD.US", 20, config)
    finally:
        server.kill()
        server.wait()
