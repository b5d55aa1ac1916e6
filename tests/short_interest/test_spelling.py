"""BRK.B stands as BRKB, and GM.E is not GME: a ticker without its punctuation is not guessed."""

from __future__ import annotations

from typing import Any

import pytest

from shortable import Symbol
from shortable.short_interest.spelling import ticker_in

ROWS = {
    "BRKA": ("Berkshire Hathaway Inc.", "NYSE"),
    "BRKB": ("BERKSHIRE HATHAWAY Class B", "NYSE"),
    "HEI": ("Heico Corporation", "NYSE"),
    "HEIA": ("HEICO CORP CL A", "NYSE"),
    "ABR": ("Arbor Realty Trust", "NYSE"),
    "ABRPRA": ("Arbor Realty Trust, Inc 8.250%", "NYSE"),
    "GM": ("General Motors Company", "NYSE"),
    "GME": ("GameStop Corp. Class A", "NYSE"),
    "TSLA": ("Tesla, Inc. Common Stock", "NNM"),
    "AACQU": ("Artius Acquisition Inc. Unit", "SC"),
    "XY": ("", "NYSE"),
    "XYZ": ("", "NYSE"),
    "X.W": ("Kept As It Is", None),
}


def find(ticker: str) -> Any:
    return dict(zip(("name", "venue"), ROWS[ticker], strict=True)) if ticker in ROWS else None


@pytest.mark.parametrize(
    ("asked", "stands"),
    [
        ("BRK.B", "BRKB"),  # no BRK in the list that it could be mixed up with
        ("BRK B", "BRKB"),
        ("HEI.A", "HEIA"),  # HEI is in it, and the same issuer
        ("ABR PRA", "ABRPRA"),
        ("ABRpA", "ABRPRA"),
        ("GME", "GME"),
        ("X.W", "X.W"),
    ],
)
def test_found(asked: str, stands: str) -> None:
    assert ticker_in(find, Symbol.create(asked)) == (stands, "")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (
            "GM.E",
            "GME may be another security (GameStop Corp. Class A, while GM is General Motors Company)",
        ),
        ("TSL.A", "TSLA is, but trades where tickers have no punctuation to drop"),
        ("AACQ.U", "trades where tickers have no punctuation to drop"),
        ("XY.Z", "XYZ may be another security (unnamed, while XY is unnamed)"),
    ],
)
def test_not_guessed(asked: str, why: str) -> None:
    ticker, note = ticker_in(find, Symbol.create(asked))
    assert ticker is None
    assert why in note


@pytest.mark.parametrize("asked", ["NOPE", "NO.PE", "BRK.C", "700.HK"])
def test_not_there(asked: str) -> None:
    assert ticker_in(find, Symbol.create(asked)) == (None, "")
