"""The thin clients read the positions of a backtest that runs in another process, and again when it has ended."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlsplit
from urllib.request import urlopen

import pytest

from shortable.positions import PositionsError, load_book, render

from .thin_client import BrokerError, FutuClient, HabitTradeClient

# Short 100 GME at 50.00 and long 30 AMC at 9.00 from the second bar on; a limit order to cover 20 rests. It waits for
# the file "go" at its third bar, and then buys 40 of GME back, which fill in the fourth bar at 47.00.
BACKTEST = """
    import sys, time
    from pathlib import Path
    import pandas as pd
    from shortable.engine import Algorithm, Backtest, MarketData, NullFeeModel
    from shortable.positions import Publisher

    folder = Path(sys.argv[1])

    class Waits(Algorithm):
        def initialize(self):
            self.set_cash(1_000_000)
            for ticker in ("AMC", "GME"):
                self.add_equity(ticker).set_fee_model(NullFeeModel())
            self.bar = -1

        def on_data(self, slice):
            self.bar += 1
            if self.bar == 0:
                self.market_order("GME", -100)
                self.market_order("AMC", 30)
            if self.bar == 1:
                self.limit_order("GME", 20, 10.0)
            if self.bar == 2:
                (folder / "waiting").touch()
                while not (folder / "go").exists():
                    time.sleep(0.01)
                self.market_order("GME", 40)

    days = pd.bdate_range("2024-06-03", periods=4)
    prices = {"AMC": [9.0, 9.0, 9.5, 10.0], "GME": [50.0, 50.0, 48.0, 47.0]}
    data = MarketData.from_frames({t: pd.DataFrame({"close": p}, index=days) for t, p in prices.items()})
    Backtest(Waits, data, watch=Publisher(folder, every=0, names={"GME": "GameStop Corp."})).run().to_parquet(folder / "out")
"""


def server(folder: Path) -> type[BaseHTTPRequestHandler]:
    """The two documents' paths over whatever book the folder holds at the moment."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            schema = "futu" if url.path == "/api/v1.0/accounts/281756/positions" else "habittrade"
            try:
                status, answer = (
                    200,
                    render(load_book(folder), schema, **dict(parse_qsl(url.query))),
                )
            except PositionsError as error:
                status, answer = error.status, error.payload
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    return Handler


@pytest.fixture
def fetch_from() -> Iterator[Callable[[Path], Any]]:
    started: list[ThreadingHTTPServer] = []

    def serve(folder: Path) -> Any:
        http = ThreadingHTTPServer(("127.0.0.1", 0), server(folder))
        started.append(http)
        threading.Thread(
            target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        ).start()

        def fetch(path_and_query: str) -> tuple[int, str]:
            try:
                with urlopen(
                    f"http://127.0.0.1:{http.server_port}{path_and_query}", timeout=10
                ) as answer:
                    return answer.status, answer.read().decode()
            except HTTPError as error:
                return error.code, error.read().decode()

        return fetch

    yield serve
    for http in started:
        http.shutdown()
        http.server_close()


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    for _ in range(3_000):
        if path.exists():
            return
        if process.poll() is not None:
            raise AssertionError(process.communicate()[1])
        time.sleep(0.01)
    raise AssertionError(f"{path.name} did not appear within 30 s")


@pytest.mark.slow
def test_the_positions_of_a_running_backtest_and_of_the_same_when_it_has_ended(
    tmp_path: Path, fetch_from: Callable[[Path], Any]
) -> None:
    script = tmp_path / "backtest.py"
    script.write_text(textwrap.dedent(BACKTEST))
    process = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)], stderr=subprocess.PIPE, text=True
    )
    try:
        wait_for(tmp_path / "waiting", process)
        futu, habittrade = (
            FutuClient(fetch_from(tmp_path), "281756"),
            HabitTradeClient(fetch_from(tmp_path)),
        )

        # The third session is under way; the book is that of the second session's end.
        amc, gme = futu.positions()
        assert (amc.code, amc.position_side, amc.qty, amc.can_sell_qty) == (
            "US.AMC",
            "LONG",
            30,
            30,
        )
        assert (gme.code, gme.stock_name, gme.position_side, gme.qty) == (
            "US.GME",
            "GameStop Corp.",
            "SHORT",
            100,
        )
        assert gme.can_sell_qty == 80  # 20 of the 100 are to be covered by a resting order
        assert (gme.nominal_price, gme.cost_price, gme.pl_val, gme.pl_ratio) == (50, 50, 0, 0)
        assert (gme.today_sell_qty, gme.today_sell_val, gme.today_trd_val) == (100, 5_000, 5_000)
        assert {
            p.product_code: (p.qty, p.avail_qty, p.uncleared_qty) for p in habittrade.positions()
        } == {
            "AMC": (30, 30, 30),
            "GME": (-100, -100, 0),
        }

        (tmp_path / "go").touch()
        assert process.wait(30) == 0, process.communicate()[1]
    finally:
        process.kill()
        process.communicate()

    for folder in (tmp_path, tmp_path / "out"):  # as it was published, and as the result was saved
        futu, habittrade = (
            FutuClient(fetch_from(folder), "281756"),
            HabitTradeClient(fetch_from(folder)),
        )
        amc, gme = futu.positions()
        # GME: 5,000 − 40 × 47 = 3,120 for 60: 52.00; at 47.00 (52 − 47) × 60 = 300 of 3,120: 9.62 %.
        assert (gme.qty, gme.cost_price, gme.market_val, gme.pl_val) == (60, 52, 2_820, 300)
        assert (gme.pl_ratio, gme.unrealized_pl, gme.realized_pl) == (Decimal("9.62"), 180, 120)
        assert (gme.today_buy_qty, gme.today_buy_val, gme.today_pl_val) == (
            40,
            1_880,
            100,
        )  # 100 × 1.00
        # AMC: 30 from 9.00 to 10.00, 9.50 the evening before
        assert (amc.pl_val, amc.pl_ratio, amc.today_pl_val, amc.today_trd_val) == (
            30,
            Decimal("11.11"),
            15,
            0,
        )
        assert [p.code for p in futu.positions(pl_ratio_min="10")] == ["US.AMC"]
        assert [p.code for p in futu.positions(pl_ratio_max="10")] == ["US.GME"]
        assert [p.code for p in futu.positions(code="US.GME")] == ["US.GME"]
        assert futu.positions(code="US.TSLA") == []
        with pytest.raises(BrokerError, match="-1200: pl_ratio_min='much' must be a finite number"):
            futu.positions(pl_ratio_min="much")

        rows = list(habittrade.positions(page_size=1, market="usex", security_type="stock"))
        assert [
            (p.product_code, p.qty, p.avg_price, p.prev_price, p.prev_market_value) for p in rows
        ] == [
            ("AMC", 30, 9, Decimal("9.5"), 285),
            ("GME", -60, 50, 48, -2_880),
        ]
        assert {p.portfolio_id for p in rows} == {"Waits"}
        assert habittrade.page(portfolio_id="another") == (0, [])
        assert habittrade.page(page="3", page_size="1") == (2, [])
        with pytest.raises(BrokerError, match="400: invalid market"):
            habittrade.page(market="mars")
        with pytest.raises(BrokerError, match="400: invalid page_size"):
            habittrade.page(page_size="0")
