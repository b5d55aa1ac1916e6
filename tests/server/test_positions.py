"""A thin client, written from the documents 001 and 002 alone, reads a backtest that has ended and one that runs.

The document of positions is another room's; what is looked at here is that it comes over HTTP as the documents say.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from shortable.server import Settings, create_app

from .backtests import backtest, finished, running
from .client import Client, bearer, habittrade_headers, longbridge_headers
from .conftest import CREDENTIALS

FUTU, HABITTRADE, LONGBRIDGE = (
    "/api/v1.0/accounts/281756/positions",
    "/account/v1/positions",
    "/v1/asset/stock",
)


class ThinClient:
    """What a reader of the two documents would write."""

    def __init__(self, http: Client) -> None:
        self._http = http

    def futu(self, query: str = "") -> list[dict[str, Any]]:
        """Document 002: an envelope with ``s`` and ``d``; numbers are text."""
        answer = self._http.get(f"{FUTU}{'?' if query else ''}{query}", headers=bearer())
        body = answer.json()
        if body["s"] != "ok":
            raise LookupError(answer.status_code, body["errcode"], body["errmsg"])
        return body["d"]

    def habittrade(self, query: str = "") -> dict[str, Any]:
        """Document 001: an envelope with ``code`` and ``data``; numbers are numbers."""
        headers = habittrade_headers(HABITTRADE, query)
        answer = self._http.get(f"{HABITTRADE}{'?' if query else ''}{query}", headers=headers)
        body = answer.json()
        if body["code"] != 0:
            raise LookupError(answer.status_code, body["code"], body["message"])
        return body["data"]


def served(folder: Path, data: Path, account: str | None = None) -> Client:
    return Client(create_app(Settings(data, folder, account=account, credentials=CREDENTIALS)))


@pytest.fixture
def thin(tmp_path: Path, data: Path, web: None) -> ThinClient:
    return ThinClient(served(finished(tmp_path / "result"), data))


def test_a_finished_backtest_in_futus_schema(thin: ThinClient) -> None:
    found = {row["code"]: row for row in thin.futu()}
    assert set(found) == {"US.AAPL", "US.SPY"}
    long, short = found["US.AAPL"], found["US.SPY"]
    # 100 bought at 180, now 185.5: 550 profit, 550 / 18,000 = 3.06 %: the document's own sample.
    assert (long["position_side"], long["qty"], long["nominal_price"], long["cost_price"]) == (
        "LONG",
        "100",
        "185.500",
        "180.000",
    )
    assert (long["market_val"], long["pl_val"], long["pl_ratio"]) == ("18550.00", "550.00", "3.06")
    # 50 shorted at 470, now 474: −200, −200 / 23,500 = −0.85 %.
    assert (short["position_side"], short["qty"], short["can_sell_qty"]) == ("SHORT", "50", "50")
    assert (short["pl_val"], short["pl_ratio"]) == ("-200.00", "-0.85")


def test_futus_filters(thin: ThinClient) -> None:
    assert [row["code"] for row in thin.futu("code=US.SPY")] == ["US.SPY"]
    assert len(thin.futu("code=US.SPY,US.AAPL")) == 2
    assert [row["code"] for row in thin.futu("pl_ratio_min=3.06")] == ["US.AAPL"]
    assert [row["code"] for row in thin.futu("pl_ratio_max=3.05")] == ["US.SPY"]
    with pytest.raises(LookupError, match="-1200") as raised:
        thin.futu("pl_ratio_min=much")
    assert raised.value.args[0] == 400


def test_a_finished_backtest_in_habittrades_schema(thin: ThinClient) -> None:
    data = thin.habittrade()
    assert (data["total_records"], data["page"], data["page_size"]) == (2, 1, 20)
    found = {row["product_code"]: row for row in data["positions"]}
    long, short = found["AAPL"], found["SPY"]
    assert (long["market"], long["qty"], long["avg_price"], long["base_currency"]) == (
        "usex",
        100,
        180.0,
        "USD",
    )
    # The day before the last closed at 185: 100 × 185.
    assert (long["prev_price"], long["prev_market_value"]) == (185.0, 18_500.0)
    assert (short["qty"], short["avg_price"]) == (-50, 470.0)


def test_habittrades_pages_and_filters(thin: ThinClient) -> None:
    pages = [thin.habittrade(f"page={n}&page_size=1") for n in (1, 2, 3)]
    assert [len(page["positions"]) for page in pages] == [1, 1, 0]
    assert {page["total_records"] for page in pages} == {2}
    assert thin.habittrade("market=usex&security_type=stock")["total_records"] == 2
    assert thin.habittrade("market=hkex")["total_records"] == 0
    for query in ("market=moon", "security_type=option", "page=0", f"portfolio_id={'x' * 51}"):
        with pytest.raises(LookupError) as raised:
            thin.habittrade(query)
        assert raised.value.args[0] == 400


def test_longbridges_stock_positions(tmp_path: Path, data: Path, web: None) -> None:
    client = served(finished(tmp_path / "result"), data)
    everything = client.get(LONGBRIDGE, headers=longbridge_headers(LONGBRIDGE)).json()
    rows = everything["data"]["list"][0]["stock_info"]
    assert {row["symbol"]: row["quantity"] for row in rows} == {"AAPL.US": "100", "SPY.US": "-50"}
    query = "symbol=SPY.US"
    one = client.get(f"{LONGBRIDGE}?{query}", headers=longbridge_headers(LONGBRIDGE, query)).json()
    assert [row["symbol"] for row in one["data"]["list"][0]["stock_info"]] == ["SPY.US"]


def test_a_backtest_that_is_still_running(tmp_path: Path, data: Path, web: None) -> None:
    folder = tmp_path / "live"
    thin = ThinClient(served(folder, data))
    with pytest.raises(LookupError) as raised:  # nothing is there yet
        thin.futu()
    assert raised.value.args[0] == 404
    with running(folder):
        found = {row["code"]: row for row in thin.futu()}
        # At the second session's close: 185 − 180 = 5 × 100; 470 − 472 = −2 × 50.
        assert (found["US.AAPL"]["pl_val"], found["US.SPY"]["pl_val"]) == ("500.00", "-100.00")
        rows = {row["product_code"]: row["qty"] for row in thin.habittrade()["positions"]}
        assert rows == {"AAPL": 100, "SPY": -50}
    found = {
        row["code"]: row for row in thin.futu()
    }  # it went on and ended: read again without being told
    assert (found["US.AAPL"]["pl_val"], found["US.SPY"]["pl_val"]) == ("550.00", "-200.00")


def test_a_result_that_is_saved_again_and_again_is_never_missing(
    tmp_path: Path, data: Path, web: None
) -> None:
    folder, stop, answers = tmp_path / "result", threading.Event(), []
    result = backtest().run()
    result.to_parquet(folder)
    client = served(folder, data)
    assert client.get(FUTU, headers=bearer()).status_code == 200

    def ask() -> None:
        while not stop.is_set():
            answer = client.get(FUTU, headers=bearer())
            answers.append((answer.status_code, len(answer.json().get("d", ()))))

    thread = threading.Thread(target=ask)
    thread.start()
    for _ in range(10):
        result.to_parquet(folder, replace=True)
    stop.set()
    thread.join(30)
    assert set(answers) == {(200, 2)}


def test_without_a_backtest_every_face_says_so_in_its_own_words(client: Client) -> None:
    futu = client.get(FUTU, headers=bearer())
    assert (futu.status_code, futu.json()["s"], futu.json()["errcode"]) == (404, "error", -1200)
    habittrade = client.get(HABITTRADE, headers=habittrade_headers(HABITTRADE))
    assert (habittrade.status_code, set(habittrade.json())) == (404, {"code", "message", "details"})
    longbridge = client.get(LONGBRIDGE, headers=longbridge_headers(LONGBRIDGE))
    assert (longbridge.status_code, longbridge.json()["code"]) == (404, 404000)
    assert all("--result" in answer.text for answer in (futu, habittrade, longbridge))


def test_only_the_account_that_was_set_is_served(tmp_path: Path, data: Path, web: None) -> None:
    client = served(finished(tmp_path / "result"), data, account="281756")
    assert client.get(FUTU, headers=bearer()).status_code == 200
    assert client.get(FUTU.replace("281756", "1"), headers=bearer()).status_code == 404


def test_a_damaged_book_is_an_error_without_a_path(tmp_path: Path, data: Path, web: None) -> None:
    (tmp_path / "positions.json").write_text("{")
    answer = served(tmp_path, data).get(FUTU, headers=bearer())
    assert (answer.status_code, answer.json()["errcode"]) == (500, -1200)
    assert str(tmp_path) not in answer.text


@pytest.mark.parametrize("path", [FUTU, HABITTRADE, LONGBRIDGE])
def test_nobody_reads_positions_without_credentials(client: Client, path: str) -> None:
    assert client.get(path).status_code == 401
    wrong = {
        "Authorization": "Bearer wrong",
        "X-API-Key": "wrong",
        "X-API-Timestamp": "1",
        "X-API-Signature": "0" * 64,
    }
    assert client.get(path, headers=wrong).status_code == 401
