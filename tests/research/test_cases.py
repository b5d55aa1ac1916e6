"""The cases from the field, beside the repository: each gives the answer written beside it, from Python and by the command line."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from shortable import LocalDiskShortableProvider
from shortable.errors import InvalidInputError
from shortable.research import audit, read_trades

CASES = Path(os.environ.get("SHORTABLE_CASES", Path(__file__).parents[3] / "shared" / "cases"))
AUDIT = CASES / "audit"

pytestmark = pytest.mark.skipif(not AUDIT.is_dir(), reason=f"no cases at {AUDIT}")

REFUSED = {"shorts": 1, "shorts_refused": 1, "shorts_without_data": 0, "pnl_before": 2625.0}
ANSWERS = {
    "side_words.csv": ({}, REFUSED),
    "tradingview_old.csv": ({"symbol": "GME"}, REFUSED),
    "side_chinese.csv": ({}, REFUSED),
    "dayfirst.csv": ({}, REFUSED),
    "decimal_comma.csv": (
        {},
        {"shorts": 1, "shorts_borrowed": 1, "pnl_before": -250.0, "pnl_after": -250.0},
    ),
    "partial_fill.csv": (
        {},
        {"shorts": 1, "shorts_borrowed": 1, "pnl_before": 525.0, "pnl_after": 525.0},
    ),
    "options_fx.csv": ({}, {"trades": 1, "shorts": 0, "shorts_refused": 0}),
    "metatrader_positions.csv": (
        {},
        {"shorts": 1, "shorts_refused": 0, "shorts_without_data": 1, "pnl_before": 8085.0},
    ),
    "vectorbt_orders.csv": (
        {},
        {"shorts": 2, "shorts_borrowed": 1, "shorts_refused": 1, "shorts_without_data": 0},
    ),
    "vectorbt_trades.csv": ({"as_listed": True}, {"shorts": 1, "shorts_refused": 1}),
    "split_between.csv": (
        {"actions": "GME"},
        {"shorts": 1, "shorts_borrowed": 1, "pnl_before": 100.0, "open_at_end": 0},
    ),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    from shortable.importers import import_source

    folder = tmp_path_factory.mktemp("store")
    import_source(
        "table",
        AUDIT / "availability.csv",
        broker="acme",
        data_folder=folder,
        complete=True,
        start_of_day=True,
    )
    splits = pd.DataFrame({"symbol": ["GME"], "ex_date": ["2024-01-05"], "new": [1], "old": [10]})
    splits.to_csv(folder / "splits.csv", index=False)
    return folder


@pytest.mark.parametrize("name", ANSWERS)
def test_from_python(name, store):
    given, answer = ANSWERS[name]
    options = {key: value for key, value in given.items() if key != "actions"}
    actions = store / "splits.csv" if "actions" in given else None
    read = read_trades(AUDIT / name, **options)
    provider = LocalDiskShortableProvider("acme", data_folder=store)
    figures = audit(read.trades, provider, actions=actions).summary()
    assert {key: figures[key] for key in answer} == answer


@pytest.mark.parametrize("name", ANSWERS)
def test_by_the_command_line(name, store):
    pytest.importorskip("typer")
    given, answer = ANSWERS[name]
    arguments = [AUDIT / name, "--broker", "acme", "--data", store, "--json"]
    if "symbol" in given:
        arguments += ["--symbol", given["symbol"]]
    if "as_listed" in given:
        arguments += ["--as-listed"]
    if "actions" in given:
        arguments += ["--actions", store / "splits.csv"]
    ran = run(*arguments)
    assert ran.returncode == 0, ran.stderr
    document = json.loads(ran.stdout)
    document["open_at_end"] = len(document["open_at_end"])
    assert {key: document[key] for key in answer} == answer


def run(*arguments):
    from typer.testing import CliRunner

    from shortable.cli.app import app

    ended = CliRunner().invoke(app, ["audit", *map(str, arguments)])
    return SimpleNamespace(returncode=ended.exit_code, stdout=ended.stdout, stderr=ended.stderr)


def test_dates_stand_day_first():
    times = read_trades(AUDIT / "dayfirst.csv").trades.times
    assert [str(time)[:10] for time in times] == ["2024-01-02", "2024-01-15"]


def test_what_is_no_share_is_set_aside_by_kind():
    aside = read_trades(AUDIT / "options_fx.csv").set_aside_by_kind
    assert aside == {"coin": 1, "currency": 1, "future": 1, "option": 2}


def test_exit_trades_are_refused_with_the_word_orders():
    with pytest.raises(InvalidInputError, match="orders"):
        read_trades(AUDIT / "vectorbt_trades.csv")


def test_without_a_split_table_what_is_open_is_said_first(store):
    pytest.importorskip("typer")
    ran = run(AUDIT / "split_between.csv", "--broker", "acme", "--data", store)
    assert ran.stdout.splitlines()[1].startswith("Open at the end: 900 GME short")
