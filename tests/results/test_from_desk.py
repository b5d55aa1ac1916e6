"""A desk's record as tables, as a report and as a result."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from shortable import CustomShortableProvider, Symbol
from shortable.desk import ShortDesk
from shortable.results import RunInfo, report_of, result_of, tables_of

GME = Symbol.create("GME")


def worked() -> ShortDesk[Symbol]:
    """500 can be borrowed at 36 %: 600 are refused on Tuesday; 100 at 20.00 cost 2.00 a night."""
    desk: ShortDesk[Symbol] = ShortDesk(
        CustomShortableProvider({"GME": 500}, fee_rate={"GME": 0.36})
    )
    desk.charge(GME, 100, 20.0, date(2024, 1, 2), date(2024, 1, 3))
    desk.allowed(GME, datetime(2024, 1, 2, 16), 600, held=0, open_sells=0, order_id="ref-1")
    return desk


def test_the_tables_hold_the_record() -> None:
    tables = tables_of(worked())
    assert tables["refusals"][["order_id", "requested", "available"]].to_numpy().tolist() == [
        ["ref-1", -600, 500]
    ]
    assert tables["borrow_costs"]["cost"].tolist() == pytest.approx([2.0])
    assert len(tables["checks_without_data"]) == 0


def test_the_report_is_by_time() -> None:
    report = report_of(worked())
    assert report["what"].tolist() == ["submission", "borrow cost"]
    assert report["shares"].tolist() == [-600, -100]
    assert len(report_of(ShortDesk())) == 0


def test_a_desks_result() -> None:
    desk = worked()
    info = RunInfo("Strategy", "host", "", "USD", 1_000.0, availability_checks=desk.checks)
    result = result_of(desk, info)
    assert result.summary()["borrow_costs"] == pytest.approx(2.0)
    assert result.summary()["headline"] == (
        "1 availability checks: 1 orders were refused, 0 checks had no data."
    )
    assert (result.has_table("orders"), result.has_table("refusals")) == (False, True)
