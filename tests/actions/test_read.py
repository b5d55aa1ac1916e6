"""Whatever a parameter ``actions=`` takes, and real files against figures of other tools."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest

from shortable.actions import (
    CorporateActions,
    Split,
    add_actions,
    as_actions,
    parse_actions,
    read_actions,
)
from shortable.errors import CorporateActionError

AMC = Split("AMC", "2023-08-24", 1, 10)


def test_whatever_actions_takes(tmp_path: Path) -> None:
    table = CorporateActions([AMC])
    frame = pd.DataFrame({"symbol": ["AMC"], "ex_date": ["2023-08-24"], "new": [1], "old": [10]})
    frame.to_csv(tmp_path / "splits.csv", index=False)
    written = add_actions(tmp_path, table)[0].path
    for given in (table, [AMC], (AMC,), frame, tmp_path / "splits.csv", str(written), written):
        assert as_actions(given) == table
    assert as_actions(None) == CorporateActions()
    for wrong in (5, object()):
        with pytest.raises(CorporateActionError, match=r"actions=|records="):
            as_actions(wrong)


def test_interactive_brokers_actions_of_2026(real_data: Path) -> None:
    read = parse_actions(real_data / "actions" / "us_corporate_actions_2026.csv")
    actions = read.actions()
    # DuckDB: 68 rows RS with 34 different splits, 21 FS, 26 TC of which two rows are what was received, 2 DW.
    assert (read.rows, len(read.rejected)) == (117, 0)
    assert read.passed_over == {"second rows of one action": 34, "rows of what was received": 2}
    assert (len(actions.splits), len(actions.delistings)) == (34 + 21, 24 + 2)
    # 20260507,FS,CVNA: effective on Thursday evening.
    assert actions.splits_of("CVNA") == (Split("CVNA", "2026-05-08", 5, 1),)
    assert actions.split_factor("CRDU", date(2026, 1, 1)) == Fraction(4, 3)  # 1 for 3, then 4 for 1
    frdu = actions.delisting_of("FRDU")
    assert frdu is not None
    assert (frdu.last_day, frdu.price) == (date(2026, 4, 16), 26.58256)


def test_dividends_a_share_of_2026(real_data: Path) -> None:
    actions = read_actions(real_data / "actions" / "us_dividends_per_share_2026.csv")
    # DuckDB: 887 rows, sum(gross_per_share) 228.194252, 201 symbols.
    assert len(actions.dividends) == 887
    assert sum(d.amount for d in actions.dividends) == pytest.approx(228.194252)
    assert len({d.symbol for d in actions.dividends}) == 201
    assert {d.basis for d in actions.dividends} == {"raw"}
    assert sorted({d.currency for d in actions.dividends}) == ["CAD", "MXN", "NOK", "USD"]


def test_split_lists_of_seven_years(real_data: Path) -> None:
    lists = [read_actions(path) for path in sorted((real_data / "actions").glob("20??.json"))]
    actions = lists[0].merged(*lists[1:])
    # DuckDB: 103 splits, 63 of them forward, sum(ratioNew) 437, sum(ratioOld) 944.
    assert len(actions.splits) == 103
    assert sum(s.ratio > 1 for s in actions.splits) == 63
    assert (sum(s.new for s in actions.splits), sum(s.old for s in actions.splits)) == (437, 944)
    assert len(actions.unconfirmed) == 13
    ex_dates = {(s.symbol, s.ex_date.isoformat()) for s in actions.splits if s.confirmed}
    # Dated by the evening in the lists: NVDA 2024-06-07, GME 2022-07-21; AMC's date is an ex-date.
    assert {("NVDA", "2024-06-10"), ("GME", "2022-07-22"), ("AMC", "2023-08-24")} <= ex_dates


def test_all_of_them_together_agree(real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "actions"
    sources = [*folder.glob("20??.json"), *folder.glob("us_*.csv")]
    for path in sources:
        add_actions(tmp_path, read_actions(path))
    again = [one for path in sources for one in add_actions(tmp_path, read_actions(path))]
    assert [one.added for one in again] == [()] * len(sources)
