"""The cases from the field that are kept beside the repository, by the command line and from Python."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shortable import LocalDiskShortableProvider, Symbol
from shortable.importers import import_source
from shortable.importers.needs import NeedsError
from shortable.store import open_store

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases" / "import"
pytestmark = pytest.mark.skipif(
    not CASES.is_dir(), reason="the shared cases are not beside this repository (../shared/cases)"
)

Importer = Callable[..., None]


def case(number: str) -> Path:
    (found,) = CASES.glob(f"{number}_*")
    return found


@pytest.fixture(params=["python", "command line"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Importer:
    """Import a case into `tmp_path`; a refusal raises `NeedsError` or leaves its text in the exit."""

    def python(source: str, number: str, **options: Any) -> None:
        import_source(source, case(number), data_folder=tmp_path, **options)

    if request.param == "command line":
        pytest.importorskip("typer", reason="the command line comes with the extra cli")

    def command_line(source: str, number: str, **options: Any) -> None:
        from typer.testing import CliRunner

        from shortable.cli.app import app

        words = ["import", source, str(case(number)), "--data", str(tmp_path), "--json"]
        for name, value in options.items():
            words += [f"--{name.replace('_', '-')}", *([] if value is True else [str(value)])]
        ended = CliRunner().invoke(app, words, prog_name="shortable")
        if ended.exit_code:
            message = ended.stderr.removeprefix("Error: ")
            raise NeedsError("refused", message.splitlines())
        json.loads(ended.stdout)

    return python if request.param == "python" else command_line


def refused(run: Importer, *words: str, **options: Any) -> None:
    with pytest.raises(NeedsError) as raised:
        run(**options)
    text = str(raised.value).replace("-", "_")
    assert [word for word in words if word not in text] == []


def answers(folder: Path, broker: str, *symbols: str, at: datetime) -> list[tuple[int, float]]:
    provider = LocalDiskShortableProvider(broker, data_folder=folder)
    return [
        (provider.shortable_quantity(Symbol.create(s), at), provider.fee_rate(Symbol.create(s), at))
        for s in symbols
    ]


def test_01_rows_that_cannot_be_read(run: Importer, tmp_path: Path) -> None:
    run("ibkr", "01")
    (snapshot,) = open_store("interactivebrokers", data_folder=tmp_path).snapshots
    assert snapshot.complete
    assert {"BBXQ", "BBXQ.US", "DDXQ"} == set(snapshot.unreadable)
    at = datetime(2025, 12, 28, 16)
    unknown = LocalDiskShortableProvider(
        "interactivebrokers", data_folder=tmp_path, missing="unrestricted"
    )
    assert [
        unknown.shortable_quantity(Symbol.create(s), at) for s in ("BBXQ", "DDXQ", "ZZZQ", "NA")
    ] == [
        None,
        None,
        0,
        150_000,
    ]


def test_02_saved_by_pandas(run: Importer, tmp_path: Path) -> None:
    refused(run, "time", source="ibkr", number="02")
    run("ibkr", "02", time="2025-12-28 15:00", complete=True)
    at = datetime(2025, 12, 28, 16)
    assert answers(tmp_path, "interactivebrokers", "AAXQ", at=at) == [(4_100_000, 0.004081)]
    assert open_store("interactivebrokers", data_folder=tmp_path).snapshots[0].complete
    run("table", "02", broker="plain", time="2025-12-28 15:00")
    assert answers(tmp_path, "plain", "AAXQ", at=at) == [(4_100_000, 0.004081)]


def test_04_without_first_and_last_line(run: Importer, tmp_path: Path) -> None:
    refused(run, "time", "complete", source="ibkr", number="04")
    run("ibkr", "04", time="2025-12-28 15:00", complete=True)
    assert open_store("interactivebrokers", data_folder=tmp_path).snapshots[0].complete


def test_05_polls_of_one_symbol(run: Importer, tmp_path: Path) -> None:
    refused(run, "symbol", source="ibkr", number="05")
    run("ibkr", "05", symbol="AAXQ")
    moments = [
        datetime(2021, 3, 16, 12, 45, 2),
        datetime(2021, 3, 16, 13, 45, 3),
        datetime(2021, 3, 16, 14, 15, 3),
    ]
    assert [answers(tmp_path, "interactivebrokers", "AAXQ", at=at)[0] for at in moments] == [
        (400_000, 0.005959),
        (400_000, 0.005959),
        (300, 0.005867),
    ]


def test_09_an_own_table(run: Importer, tmp_path: Path) -> None:
    refused(run, "rates", "publish_at", "start_of_day", source="table", number="09", broker="own")
    run("table", "09", broker="own", rates="fraction", publish_at="18:00")
    at = datetime(2026, 7, 25, 10)
    found = answers(tmp_path, "own", "AAXU", "BBXD", "CCXU", at=at)
    assert found == [(200_000, 0.059393), (0, 0.419), (45_000, 0.0)]
    report = import_source(
        "table",
        case("09"),
        broker="again",
        data_folder=tmp_path,
        rates="fraction",
        start_of_day=True,
    )
    assert any("were not read: borrow_current" in note for note in report.notes)


def test_10_iborrowdesk(run: Importer, tmp_path: Path) -> None:
    run("iborrowdesk", "10")
    moments = [
        datetime(2021, 3, 16),
        datetime(2021, 3, 16, 14, 15, 2),
        datetime(2021, 3, 16, 14, 15, 3),
    ]
    assert [answers(tmp_path, "iborrowdesk", "AAXQ", at=at)[0] for at in moments] == [
        (400_000, 0.005959),
        (400_000, 0.005959),
        (300, 0.005867),
    ]


def test_11_another_currency(run: Importer, tmp_path: Path) -> None:
    run("ibkr", "11")
    assert answers(tmp_path, "interactivebrokers", "LLXQ@CAD", at=datetime(2025, 12, 28, 16)) == [
        (10_000, 0.0075)
    ]


def test_13_numbers_of_the_web(run: Importer, tmp_path: Path) -> None:
    run("table", "13", broker="web", publish_at="08:00")
    found = answers(tmp_path, "web", "AAXQ", "BBXQ", "CCXQ", "DDXQ", at=datetime(2021, 3, 16, 9))
    assert found == [
        (1_200_000, 0.185),
        (450_000, 0.0059),
        (2_500_000, 0.012),
        (10_000_000, 0.0025),
    ]


def test_14_us_dates(run: Importer, tmp_path: Path) -> None:
    refused(run, "rates", "publish_at", source="table", number="14", broker="us")
    run("table", "14", broker="us", rates="percent", start_of_day=True)
    found = answers(tmp_path, "us", "AAXQ", "BBXQ", at=datetime(2021, 3, 16, 13))
    assert found == [(1_200, 0.185), (450_000, 0.0059)]


def test_16_futu(run: Importer, tmp_path: Path) -> None:
    run("futu", "16", time="2026-07-24T10:00-04:00")
    found = answers(
        tmp_path, "futu", "AAXQ", "BBXQ", "700.HK", "BRK.B", at=datetime(2026, 7, 25, 10)
    )
    assert found == [(1_200_000, 0.0089), (0, 0.0), (1_826_900, 0.0089), (45_000, 0.012)]
    moments = {
        s.as_of
        for m in ("usa", "hkex")
        for s in open_store("futu", market=m, data_folder=tmp_path).snapshots
    }
    assert moments == {int(datetime(2026, 7, 24, 14, tzinfo=UTC).timestamp() * 1e6)}
