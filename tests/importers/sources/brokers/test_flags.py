"""Alpaca, Schwab, Tradier and Tiger: a no is 0, a yes is no number of shares, and every answer has one instant."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import LocalDiskShortableProvider
from shortable.errors import ImportRefusedError, InvalidInputError
from shortable.importers import SOURCES, import_source
from shortable.importers.needs import NeedsError
from shortable.importers.sources.brokers.alpaca import parse_alpaca
from shortable.importers.sources.brokers.schwab import parse_schwab
from shortable.importers.sources.brokers.tiger import parse_tiger
from shortable.importers.sources.brokers.tradier import parse_tradier
from shortable.market import Market
from tests.importers.fuzz import damaged_json, read_or_refused, rows_of

MOMENT = "2026-07-24T10:00-04:00"
NOON = datetime(2026, 7, 24, 12)


def encoded(document: Any) -> bytes:
    return json.dumps(document).encode()


def found(parsed: Any) -> dict[str, tuple[int | None, float | None]]:
    return {row["symbol"]: (row["quantity"], row["fee_rate"]) for row in rows_of(parsed)}


def asset(symbol: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": "904837e3",
        "class": "us_equity",
        "exchange": "NASDAQ",
        "symbol": symbol,
        "name": f"{symbol} Inc.",
        "status": "active",
        "tradable": True,
        "marginable": True,
        "shortable": True,
        "easy_to_borrow": True,
        "margin_requirement_short": "30",
        "attributes": [],
        **fields,
    }


ASSETS = [
    asset("AAXQ"),
    asset("BBXQ", shortable=False, easy_to_borrow=False),
    asset("CCXQ", easy_to_borrow=False),
    asset("NA", tradable=False),
    asset("BRK.B", status="inactive"),
    asset("BTC/USD", **{"class": "crypto"}),
]


class TestAlpaca:
    def test_yes_and_no(self) -> None:
        parsed = parse_alpaca(encoded(ASSETS), time=MOMENT)
        assert found(parsed) == {
            "AAXQ": (None, None),
            "BBXQ": (0, None),
            "CCXQ": (0, None),
            "NA": (0, None),
            "BRK.B": (0, None),
        }
        assert dict(parsed.passed_over) == {"assets that are no shares": 1}
        assert parsed.rows_read == 6
        assert "1 symbols are hard to borrow: none without a locate" in parsed.notes[1]
        assert "1 symbols may be sold short, but how many" in parsed.notes[0]

    @pytest.mark.parametrize(
        ("status", "quantity"), [("easy_to_borrow", None), ("hard_to_borrow", 0)]
    )
    def test_borrow_status_takes_precedence(self, status: str, quantity: int | None) -> None:
        both = asset("AAXQ", borrow_status=status, easy_to_borrow=status != "easy_to_borrow")
        assert found(parse_alpaca(encoded(both), time=MOMENT)) == {"AAXQ": (quantity, None)}
        del both["easy_to_borrow"]
        assert found(parse_alpaca(encoded([both]), time=MOMENT)) == {"AAXQ": (quantity, None)}

    def test_a_yes_ends_an_older_no_and_no_number_takes_its_place(self, tmp_path: Path) -> None:
        day = datetime(2026, 7, 23, 10)
        for easy in (False, True, False):
            import_source(
                "alpaca",
                encoded([asset("AAXQ", easy_to_borrow=easy)]),
                time=day,
                data_folder=tmp_path,
            )
            day += timedelta(days=1)
        provider = LocalDiskShortableProvider("alpaca", tmp_path, missing="unrestricted")
        noons = [datetime(2026, 7, 22 + day, 12) for day in range(4)]
        # Before the first answer nothing is known; then no, yes without a number, no.
        assert [provider.shortable_quantity("AAXQ", at) for at in noons] == [None, 0, None, 0]
        assert provider.has_quantities("AAXQ", noons).tolist() == [False, True, False, True]
        quote = provider.quote("AAXQ", noons[2])
        assert (quote.quantity, quote.has_data) == (None, False)
        assert quote.note == (
            "the snapshot of 2026-07-24 10:00:00 says that AAXQ is available, and not how many shares"
        )

    def test_an_unknown_status_and_no_status_are_rejected(self) -> None:
        rows = [
            asset("AAXQ", borrow_status="restricted"),
            asset("BBXQ", easy_to_borrow=None),
            asset("C"),
        ]
        parsed = parse_alpaca(encoded(rows), time=MOMENT)
        assert [r.reason for r in parsed.rejects] == [
            "borrow_status 'restricted' is none of easy_to_borrow, hard_to_borrow, not_shortable",
            "neither borrow_status nor easy_to_borrow is stated",
        ]

    def test_a_frame_of_alpaca_py(self) -> None:
        frame = pd.DataFrame(ASSETS).rename(columns={"class": "asset_class"})
        frame["asset_class"] = "AssetClass.US_EQUITY"
        frame = frame[frame.symbol != "BTC/USD"]
        assert found(parse_alpaca(frame, time=MOMENT))["AAXQ"] == (None, None)
        assert found(parse_alpaca(frame.to_csv(index=False).encode(), time=MOMENT))["NA"] == (
            0,
            None,
        )

    def test_what_it_is_not(self) -> None:
        with pytest.raises(NeedsError, match="give `time`, when it was asked for"):
            parse_alpaca(encoded(ASSETS))
        with pytest.raises(ImportRefusedError, match="it lacks shortable"):
            parse_alpaca(b'[{"symbol": "A"}]', time=MOMENT)
        with pytest.raises(ImportRefusedError, match="lacks borrow_status and easy_to_borrow"):
            parse_alpaca(b'[{"symbol": "A", "shortable": true}]', time=MOMENT)
        with pytest.raises(ImportRefusedError, match="none of its assets is a share"):
            parse_alpaca(encoded(ASSETS[-1:]), time=MOMENT)

    def test_what_a_provider_answers(self, tmp_path: Path) -> None:
        file = tmp_path / "assets.json"
        file.write_bytes(encoded(ASSETS))
        import_source("alpaca", file, data_folder=tmp_path / "d", time=MOMENT, complete=True)
        strict = LocalDiskShortableProvider("alpaca", data_folder=tmp_path / "d")
        open_ = LocalDiskShortableProvider(
            "alpaca", data_folder=tmp_path / "d", missing="unrestricted"
        )
        assert [strict.shortable_quantity(s, NOON) for s in ("AAXQ", "BBXQ", "ZZXQ")] == [0, 0, 0]
        assert [open_.shortable_quantity(s, NOON) for s in ("AAXQ", "BBXQ", "ZZXQ")] == [None, 0, 0]


ETB = {
    "securities": {
        "security": [
            {"symbol": "SPY", "exchange": "P", "type": "etf", "description": "SPDR S&P 500"},
            {"symbol": "BRK/B", "exchange": "N", "type": "stock", "description": "Berkshire"},
        ]
    }
}


class TestTradier:
    def test_membership_is_yes_and_absence_is_none(self, tmp_path: Path) -> None:
        file = tmp_path / "etb.json"
        file.write_bytes(encoded(ETB))
        import_source("tradier", file, data_folder=tmp_path / "d", time=MOMENT)
        provider = LocalDiskShortableProvider(
            "tradier", data_folder=tmp_path / "d", missing="unrestricted"
        )
        answers = [provider.shortable_quantity(s, NOON) for s in ("SPY", "BRK.B", "GME")]
        assert answers == [None, None, 0]

    def test_a_list_of_one_is_an_object(self) -> None:
        one = {"securities": {"security": ETB["securities"]["security"][0]}}
        assert found(parse_tradier(encoded(one), time=MOMENT)) == {"SPY": (None, None)}

    @pytest.mark.parametrize(
        ("document", "message"),
        [
            ({"securities": None}, "without securities.security"),
            (
                {"securities": {"security": []}},
                "the list is empty; a failed request looks like that",
            ),
            ({"fault": {"faultstring": "Invalid Access Token"}}, "without securities.security"),
            ({"securities": {"security": [1]}}, "without securities.security"),
        ],
    )
    def test_an_empty_or_failed_answer_is_no_list_of_none(
        self, document: Any, message: str
    ) -> None:
        with pytest.raises(ImportRefusedError, match=message):
            parse_tradier(encoded(document), time=MOMENT)


def contract(symbol: str, **fields: Any) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "secType": "STK",
        "market": "US",
        "currency": "USD",
        "shortInitialMargin": 0.35,
        "shortFeeRate": 3.75,
        "shortable": True,
        "shortableCount": 38061067,
        **fields,
    }


CONTRACTS = [
    contract("AAXQ"),
    contract("BBXQ", shortable=False, shortableCount=0, shortFeeRate=0),
    contract("00700", market="HK", currency="HKD", shortableCount=500, shortFeeRate=0.5),
    contract("ES", secType="FUT"),
]


class TestTiger:
    def test_counts_percent_and_markets(self) -> None:
        for document in (
            CONTRACTS,
            {"items": CONTRACTS},
            {"code": 0, "data": {"items": CONTRACTS}},
        ):
            parsed = parse_tiger(encoded(document), time=MOMENT)
            assert found(parsed) == {
                "AAXQ": (38061067, 0.0375),
                "BBXQ": (0, 0.0),
                "700": (500, 0.005),
            }
            assert dict(parsed.passed_over) == {"contracts that are no shares": 1}

    def test_a_frame_in_snake_case(self) -> None:
        frame = pd.DataFrame(
            {
                "symbol": ["AAXQ", "00700"],
                "market": ["US", "HK"],
                "shortable": [True, True],
                "shortable_count": [5.0, None],
                "short_fee_rate": [3.75, 1.0],
            }
        )
        assert found(parse_tiger(frame, time=MOMENT)) == {"AAXQ": (5, 0.0375), "700": (None, 0.01)}

    def test_one_contract(self) -> None:
        assert found(parse_tiger(encoded(CONTRACTS[0]), time=MOMENT)) == {
            "AAXQ": (38061067, 0.0375)
        }

    def test_a_market_that_is_not_known_is_rejected(self) -> None:
        rows = [*CONTRACTS, contract("D05", market="SG")]
        (reject,) = parse_tiger(encoded(rows), time=MOMENT).rejects
        assert "market='SG' must be one of" in reject.reason


def quote(symbol: str, **reference: Any) -> dict[str, Any]:
    return {
        "assetMainType": "EQUITY",
        "symbol": symbol,
        "quote": {"lastPrice": 10.0},
        "reference": {
            "cusip": "037833100",
            "isShortable": True,
            "isHardToBorrow": False,
            "htbQuantity": 0,
            "htbRate": 0.0,
            **reference,
        },
    }


QUOTES = {
    "AAXQ": quote("AAXQ", htbQuantity=5268067),
    "BBXQ": quote("BBXQ", isHardToBorrow=True, htbQuantity=1200, htbRate=4.5),
    "CCXQ": quote("CCXQ", isShortable=False),
    "DDXQ": quote("DDXQ", isHardToBorrow=True, htbQuantity=-1),
    "EEXQ": quote("EEXQ", isHardToBorrow=True, htbQuantity=0),
    "$SPX": {"assetMainType": "INDEX", "symbol": "$SPX", "quote": {}},
    "errors": {"invalidSymbols": ["??"]},
}


class TestSchwab:
    def test_what_is_hard_to_borrow_has_a_number(self) -> None:
        parsed = parse_schwab(encoded(QUOTES), time=MOMENT, rates="percent")
        assert found(parsed) == {
            "AAXQ": (None, None),  # not hard to borrow: the quantity is not of it
            "BBXQ": (1200, 0.045),
            "CCXQ": (0, None),
            "DDXQ": (None, None),
            "EEXQ": (0, None),
        }
        assert parsed.notes[1] == (
            "2 symbols are hard to borrow with an htbRate of 0: stored as not stated"
        )
        assert dict(parsed.passed_over) == {"answers that are no quotes of shares": 2}

    def test_the_rate_has_no_unit(self) -> None:
        with pytest.raises(NeedsError) as raised:
            parse_schwab(encoded(QUOTES))
        assert "give `time`" in str(raised.value)
        assert (
            "htbRate has no unit: give `rates='percent'`, `rates='fraction'` (4.5 is one of them)"
            in str(raised.value)
        )
        rows = found(parse_schwab(encoded([QUOTES["BBXQ"]]), time=MOMENT, rates="fraction"))
        assert rows == {"BBXQ": (1200, 4.5)}
        without = {"AAXQ": QUOTES["AAXQ"]}
        assert found(parse_schwab(encoded(without), time=MOMENT)) == {"AAXQ": (None, None)}
        with pytest.raises(InvalidInputError, match="rates='per mille' must be"):
            parse_schwab(encoded(QUOTES), time=MOMENT, rates="per mille")  # type: ignore[arg-type]

    def test_a_flattened_frame(self) -> None:
        frame = pd.json_normalize([QUOTES["BBXQ"], QUOTES["CCXQ"]])
        assert found(parse_schwab(frame, time=MOMENT, rates="percent")) == {
            "BBXQ": (1200, 0.045),
            "CCXQ": (0, None),
        }

    def test_one_quote_and_what_is_none(self) -> None:
        assert found(parse_schwab(encoded(QUOTES["CCXQ"]), time=MOMENT)) == {"CCXQ": (0, None)}
        with pytest.raises(ImportRefusedError, match="JSON without quotes of shares"):
            parse_schwab(encoded({"errors": {"invalidSymbols": ["A"]}}), time=MOMENT)


@pytest.mark.parametrize(
    ("name", "document", "counts"),
    [
        ("alpaca", ASSETS, {0, None}),
        ("tradier", ETB, {None}),
        ("tiger", CONTRACTS, {0, None, 500, 38061067, 1}),
        ("schwab", QUOTES, {0, None, 1200, 1}),
    ],
)
@given(data=st.data())
def test_a_damaged_answer_is_refused_or_every_row_is_one_of_it(
    name: str, document: Any, counts: set[int | None], data: st.DataObject
) -> None:
    source, odd = SOURCES[name], data.draw(damaged_json(document))
    options = {"rates": "percent"} if name == "schwab" else {}
    text = json.dumps(odd)

    def known(row: dict[str, Any]) -> bool:
        # A replaced cell may be a number of shares itself; whatever stands there, the file holds it.
        held = row["quantity"] in counts or str(row["quantity"]) in text.replace(",", "")
        spelled = re.sub("[ /-]", ".", text.upper())
        named = row["symbol"] in spelled or row["symbol"] == "700"
        return named and held and row["quantity_is_floor"] is (row["quantity"] is None)

    read_or_refused(source, text.encode(), known, time=MOMENT, **options)


def test_tiger_s_contracts_without_a_market_are_of_that_of_their_currency() -> None:
    text = (
        b'[{"symbol": "00700", "currency": "HKD", "shortable": 1, "shortable_count": 500, "short_fee_rate": 3.25},'
        b' {"symbol": "AAPL", "currency": "USD", "shortable": 1, "shortable_count": 9, "short_fee_rate": 0.35}]'
    )
    parsed = parse_tiger(text, time="2026-07-24T14:00Z")
    held = {m: s.table.select(["symbol", "quantity"]).to_pylist() for m, s in parsed.snapshots}
    assert held == {
        Market.HKEX: [{"symbol": "700", "quantity": 500}],
        Market.USA: [{"symbol": "AAPL", "quantity": 9}],
    }
