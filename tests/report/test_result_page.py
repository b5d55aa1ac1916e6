"""A backtest's page as text: well formed, of itself, true to its tables, with nothing in it, one symbol and 200."""

from __future__ import annotations

import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shortable import CustomShortableProvider, FrameShortableProvider
from shortable.actions import Delisting, Dividend
from shortable.engine import MarketData, Result
from shortable.errors import InvalidInputError, ShortableWarning
from shortable.report import audit_html, report_html
from shortable.report.page import cards, definitions, figure, table
from shortable.research import Trades, audit
from shortable.results import TABLES, read_result

from ..engine.scenario import bars, flat, play
from ..plots.runs import run
from .markup import Markup

pytest.importorskip("matplotlib", reason="the extra plot is not installed")
NASTY = '<b onclick="x()">&amp; "quoted"</b>'


@cache
def told(n: int) -> str:
    return report_html(run(n), run(n, limited=False))


@pytest.fixture(scope="module", params=[0, 1, 200])
def pages(request: Any) -> tuple[int, str]:
    return request.param, told(request.param)


def test_it_is_well_formed_and_has_its_landmarks(pages: tuple[int, str]) -> None:
    found = Markup(pages[1])
    for landmark in ("header", "main", "footer", "nav", "h1"):
        assert len(found.all(landmark)) == 1
    assert found.all("html")[0]["lang"] == "en"
    assert len(found.all("h2")) == 8
    for picture in found.all("svg"):
        assert (picture["role"], bool(picture["aria-label"])) == ("img", True)


def test_ids_are_its_own_and_every_reference_has_one(pages: tuple[int, str]) -> None:
    ids = [attrs["id"] for _, attrs in Markup(pages[1]).elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    wanted = set(re.findall(r'(?:href="#|url\(#|aria-labelledby=")([^")]+)', pages[1]))
    assert wanted <= set(ids)


def test_it_needs_no_network_and_has_no_number_that_is_none(pages: tuple[int, str]) -> None:
    assert "http" not in pages[1]
    assert not re.search(r"@import|<link|<iframe|<img|src=", pages[1])
    text = " ".join(t for tag, t in Markup(pages[1]).texts if tag not in ("style", "script"))
    assert not re.search(r"\b(nan|NaN|None|inf|NaT|<NA>)\b", text)


def test_the_same_backtest_gives_the_same_page() -> None:
    assert report_html(run(1), run(1, limited=False)) == told(1)


@pytest.mark.slow
def test_the_folder_gives_the_page_that_the_result_gives(tmp_path: Path) -> None:
    for n in (0, 1, 200):
        folder = run(n).to_parquet(tmp_path / str(n))
        assert report_html(read_result(folder)) == report_html(run(n))


def test_every_refusal_is_in_the_table() -> None:
    refused = run(200).refusals
    cells = Markup(told(200)).cells()
    at = [i for i, cell in enumerate(cells) if re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", cell)]
    rows = [tuple(cells[i + n] for n in (0, 1, 3)) for i in at]
    wanted = zip(refused["time"], refused["symbol"], -refused["requested"], strict=True)
    assert rows == [(f"{time:%Y-%m-%d %H:%M}", symbol, f"{n:,}") for time, symbol, n in wanted]
    assert refused["tag"].iloc[0] in told(200)
    assert (
        f"{len(refused):,} of {len(run(200).orders):,} orders were refused for availability"
        in told(200)
    )


@pytest.mark.slow
def test_more_lines_than_a_page_can_carry_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from shortable.report import result_tables

    monkeypatch.setattr(result_tables, "_REFUSALS", 10)
    text = report_html(run(200))
    assert f"The first 10 of {len(run(200).refusals):,}; refusals.parquet has all of them." in text
    assert Markup(text).cells().count("refused") == 10


def known() -> Result:
    """Short 100 of 101 wanted at 50.00; 100 × 48.00 × 0.36 / 360 = 4.80 for the night of the 3rd, 100 × 47.00 × 0.36 / 360 = 4.70
    for that of the 4th; covered at 45.00: 500.00 of P&L before 2.00 of commissions and 9.50 of fees."""
    lent = CustomShortableProvider({"GME": 100}, fee_rate={"GME": 0.36})
    steps = {
        0: lambda a: (a.market_order("GME", -101), a.market_order("GME", -100)),
        2: lambda a: a.market_order("GME", 100),
    }
    data = bars({"GME": [50, (50, 50, 48, 48), (48, 48, 47, 47), (45, 45, 45, 45)]})
    return play(data, steps, fees=True, provider=lent)


def test_golden_figures() -> None:
    page = " ".join(
        "".join(
            t for tag, t in Markup(report_html(known())).texts if tag not in ("style", "script")
        ).split()
    )
    assert "1 of 3 orders asked for more than could be borrowed, and were refused." in page
    assert (
        "P&L before costs+500.00 USDcommissions-2.00 USDborrow costs-9.50 USD (1.9% of it)net profit+488.50 USD"
        in page
    )
    assert Markup(report_html(known())).cells() == [
        "2024-01-02 16:00",
        "GME",
        "refused",
        "101",
        "0",
        "0",
        "100",
        "GME",
        "2",
        "0",
        "36.00 %",
        "9.50",
        "GME",
        "100.0%",
        "100.0%",
        "0",
    ]


@pytest.mark.parametrize(
    ("policy", "says", "what"),
    [
        (
            "reject",
            "1 of 1 orders asked for more than could be borrowed, and were refused.",
            "refused",
        ),
        (
            "clip",
            "0 of 1 orders asked for more than could be borrowed, and were refused. 1 order was cut or only warned of.",
            "clipped",
        ),
        (
            "warn",
            "0 of 1 orders asked for more than could be borrowed, and were refused. 1 order was cut or only warned of.",
            "warned of",
        ),
    ],
)
def test_what_was_cut_or_only_warned_of_is_not_passed_over(
    policy: str, says: str, what: str
) -> None:
    result = play(
        flat(3, "GME"),
        {0: lambda a: a.market_order("GME", -101)},
        on_exceed=policy,
        provider=CustomShortableProvider({"GME": 100}),
    )
    text = report_html(result)
    assert f"<p>{says}</p>" in text
    assert what in Markup(text).cells()
    assert f"{policy}: is " in text


def test_no_order_over_what_there_was_is_said() -> None:
    result = play(
        flat(3, "GME"),
        {0: lambda a: a.market_order("GME", -100)},
        provider=CustomShortableProvider({"GME": 100}),
    )
    assert "None of 1 orders asked for more than could be borrowed." in report_html(result)
    assert "Each of the 1 availability checks found enough shares." in report_html(result)


def test_every_model_and_convention_is_named() -> None:
    page = told(1)
    for name in (
        "FeeOnMarketValue(day_count=360)",
        "BarFillModel",
        "initial margin 50%",
        "Interactive Brokers, fixed",
        "DefaultBrokerageModel",
        "reject: is refused whole",
        "missing=&#x27;unavailable&#x27;",
        "FrameShortableProvider(60 times × 1 symbols)",
        "Without limits: NullBorrowFee()",
    ):
        assert name in page, name


def test_made_up_data_are_called_by_their_name() -> None:
    class MadeUp:
        def shortable_quantity(self, symbol: Any, time: Any) -> int:
            return 5

        def made_up(self, start: Any, end: Any) -> bool:
            return True

    result = play(bars({"GME": [10, 10]}), {}, provider=MadeUp())
    assert "The availability of this backtest is made up." in report_html(result)
    assert "made up" not in told(1)


def test_every_text_is_escaped() -> None:
    def orders(a: Any) -> None:
        a.market_order("GME", -5, tag=NASTY)

    result = play(
        bars({"GME": [10, 10, 10]}),
        {0: orders},
        provider=CustomShortableProvider({"GME": 0}),
    )
    folder_like = tagged(result)
    pages = [
        report_html(folder_like),
        table(
            NASTY[:3].strip("<"),
            NASTY,
            {NASTY: "text", "n": "number"},
            [(NASTY, NASTY)],
        ),
        cards({NASTY: (NASTY, NASTY)}) + definitions({NASTY: NASTY}) + figure("<svg></svg>", NASTY),
        audit_html(
            audit(
                Trades.of(["2024-01-02"], "GME", [-5], [1.0]), CustomShortableProvider({"GME": 0})
            ),
            source=NASTY,
            assumptions={NASTY: NASTY},
            currency=NASTY,
        ),
    ]
    for text in pages:
        assert not Markup(text).all("b") or "onclick" not in Markup(text).all("b")[0]
        assert "<b onclick" not in text
        assert "onclick" in text  # it is there, as text


def tagged(result: Result) -> Result:
    """The result with a text in every place that a user fills: tag, symbol, names of models."""
    assumptions = result.assumptions.assign(value=NASTY)
    tables = {name: result.table(name) for name in TABLES} | {
        "refusals": result.refusals.assign(tag=NASTY, symbol=NASTY),
        "assumptions": assumptions,
    }
    summary = result.summary()
    texts = {name: NASTY if isinstance(value, str) else value for name, value in summary.items()}
    return Result.restored(tables, texts, None)


def test_without_matplotlib_there_is_a_page_without_drawings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [each for each in sys.modules if each.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    text = report_html(run(1))
    assert "<svg" not in text
    assert "matplotlib is not installed (extra plot)" in text
    assert Markup(text).cells()


@pytest.mark.parametrize("given", [None, 3, pd.DataFrame()])
def test_s6_what_is_no_result_is_refused(given: Any) -> None:
    with pytest.raises(InvalidInputError, match="result"):
        report_html(given)
    if given is not None:
        with pytest.raises(InvalidInputError, match="without"):
            report_html(run(1), given)


def test_s6_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    for text in ("", "[]", "{}", '{"algorithm": "A"}'):
        (tmp_path / "summary.json").write_text(text)
        with pytest.raises(InvalidInputError, match="shortable run"):
            read_result(tmp_path)


def test_a_run_without_a_provider_says_that_shorts_were_not_limited() -> None:
    text = report_html(run(3, limited=False))
    assert (
        text.count("Shorts were not limited") >= 3
    )  # below the title, in a frame, and under Refusals
    assert "could be borrowed." not in " ".join(t for tag, t in Markup(text).texts if tag == "p")


def test_symbols_without_a_refusal_are_not_called_most_refused() -> None:
    """Of five symbols one is refused: it alone has a plot. Where none is, those whose borrow cost most have one."""
    names = [f"S{i}" for i in range(5)]
    orders = {0: lambda a: [a.market_order(name, -100) for name in names]}
    shares = dict.fromkeys(names, 100)
    rates = {name: 0.1 * (i + 1) for i, name in enumerate(names)}
    for lent, drawn, words in (
        (shares | {"S1": 5}, ["S1"], "1 of 5 symbols: those with the most refusals."),
        (shares, ["S4", "S3", "S2"], "3 of 5 symbols, none of which had a refusal"),
    ):
        provider = CustomShortableProvider(lent, fee_rate=rates)
        text = report_html(play(flat(4, *names), orders, provider=provider))
        assert re.findall(r"<figcaption>(S\d): shares that could", text) == drawn
        assert words in text


def test_where_no_check_had_data_nothing_is_said_to_have_been_available() -> None:
    provider = FrameShortableProvider(
        pd.DataFrame({"GME": [5]}, index=pd.to_datetime(["2024-03-01"])), missing="unrestricted"
    )
    text = report_html(
        play(flat(3, "GME"), {0: lambda a: a.market_order("GME", -5)}, provider=provider)
    )
    assert "There was no data on what could be borrowed" in text
    assert "No order was refused, but 1 of 1 availability checks had no data." in text


@pytest.mark.slow
def test_a_page_of_750_sessions_stays_below_500_kilobytes() -> None:
    text = report_html(long_run())
    assert len(text.encode()) < 500_000
    assert "low to high of each week" in text


def long_run() -> Result:
    """20 symbols whose availability changes every session, 750 sessions, more than a thousand refusals."""
    chance = np.random.default_rng(3)
    days, names = pd.bdate_range("2021-01-04", periods=750), [f"S{i:02d}" for i in range(20)]
    shares = np.round(5_000 * np.exp(chance.normal(0, 1, (750, 20))))
    provider = FrameShortableProvider(
        pd.DataFrame(shares, index=days, columns=names),
        pd.DataFrame(0.01 + 100 / shares, index=days, columns=names),
    )
    prices = dict.fromkeys(("open", "high", "low", "close"), np.full(750, 10.0))
    data = MarketData.from_frames({name: pd.DataFrame(prices, index=days) for name in names})
    sells = {
        row: lambda a: [a.market_order(name, -3_000) for name in names] for row in range(0, 750, 5)
    }
    covers = {row + 2: lambda a: a.liquidate() for row in range(0, 745, 5)}
    return play(data, sells | covers, provider=provider, cash=10_000_000)


def test_what_ended_what_was_owed_and_a_ruin_are_on_the_page() -> None:
    def text_of(result: Result) -> str:
        texts = Markup(report_html(result)).texts
        return " ".join("".join(t for tag, t in texts if tag not in ("style", "script")).split())

    lent = CustomShortableProvider({"GME": 100}, fee_rate={"GME": 0.36})
    actions = [Dividend("GME", "2024-01-04", 0.25, "raw"), Delisting("GME", "2024-01-04", 5.0)]
    data = bars({"GME": [50, 50, 50, None], "SPY": [1] * 4})
    steps = {0: lambda a: a.market_order("GME", -100)}
    ended = text_of(play(data, steps, provider=lent, actions=actions))
    # 100 × (50 − 5) before 100 × 50 × 0.001 of fees and 100 × 0.25 of dividends
    assert "P&L before costs+4,500.00 USD" in ended
    assert "dividends-25.00 USDnet profit+4,470.00 USD" in ended
    assert "positions closed because their security ended" in ended
    squeeze = bars({"GME": [10, 10, 20, 20]})
    steps = {0: lambda a: a.market_order("GME", -1_900)}
    assert "Ruined at 2024-01-04 16:00, mostly by GME" in text_of(play(squeeze, steps, cash=10_000))
    jump = bars({"GME": [40, 40, 10, 10]})
    with pytest.warns(ShortableWarning):
        doubtful = play(jump, {})
    assert "In doubt: GME on 2024-01-04" in text_of(doubtful)


def test_what_was_refused_for_another_reason_has_a_table_of_its_own() -> None:
    # 100 can be borrowed: 150 are too many. 10,000 USD cover 20,000 USD of shares: 500 at 50 USD are too dear.
    steps = {0: lambda a: a.market_order("GME", -150), 1: lambda a: a.market_order("GME", 500)}
    lent = CustomShortableProvider({"GME": 100})
    both = play(bars({"GME": [50, 50, 50]}), steps, provider=lent, cash=10_000)
    html = report_html(both)
    over, others = (
        html.split(f'data-sorts="{name}"')[1].split("</table>")[0]
        for name in ("refused", "refused-otherwise")
    )
    assert "150" in over
    assert "Insufficient" not in over
    assert "Insufficient buying power for +500 GME" in others
    assert "150" not in others
    assert "the first: Order exceeds maximum shortable quantity" in html
    plain = report_html(play(bars({"GME": [50, 50]}), {}, provider=lent))
    assert "refused-otherwise" not in plain
