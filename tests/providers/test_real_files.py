"""The vendor's real files (not shipped) through the providers: the issue's section "Real input"."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

from shortable import InteractiveBrokersShortableProvider, LocalDiskShortableProvider, Symbol
from shortable.importers import import_source

HISTORY = "usa_history_20260323_20260511.parquet"


@pytest.fixture(scope="module")
def folder(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the two US files and of Canada's."""
    folder = tmp_path_factory.mktemp("real")
    for name in ("usa_20210423.txt", "usa_20220806.txt"):
        import_source("ibkr", real_data / "ibkr" / name, data_folder=folder)
    import_source(
        "ibkr", real_data / "ibkr" / "canada_20210427.txt", market="canada", data_folder=folder
    )
    return folder


@pytest.fixture(scope="module")
def text(real_data: Path) -> dict[datetime, dict[str, str]]:
    """The archive as it is written: by UTC time, by symbol, the text of AVAILABLE."""
    columns = parquet.read_table(
        real_data / "ibkr" / HISTORY, columns=["sym", "cur", "available", "retrieved_utc"]
    ).to_pydict()
    found: dict[datetime, dict[str, str]] = defaultdict(dict)
    rows = zip(
        columns["sym"], columns["cur"], columns["available"], columns["retrieved_utc"], strict=True
    )
    for symbol, currency, available, time in rows:
        moment = time if isinstance(time, datetime) else datetime.fromisoformat(str(time))
        if currency == "USD":
            found[moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)][
                symbol or "NA"
            ] = available
    return found


def test_s3_a_symbol_that_the_file_lacks_is_0_and_not_none(folder: Path) -> None:
    provider = LocalDiskShortableProvider("interactivebrokers", folder, missing="unrestricted")
    at = datetime(2021, 4, 23, 20)
    assert provider.shortable_quantity("AMC", at) == 0
    assert provider.has_quantity("AMC", at)
    # The file's line: GME|USD|…|300|
    assert provider.shortable_quantity("GME", at) == 300
    assert provider.quote("AA", at).quantity_is_floor
    assert provider.shortable_quantity("AA", at) == 10_000_000
    # BOF says 2021.04.23|19:00:02, US Eastern.
    assert provider.shortable_quantity("GME", datetime(2021, 4, 23, 19, 0, 1)) is None
    assert provider.shortable_quantity("GME", datetime(2021, 4, 23, 19, 0, 2)) == 300
    assert (
        InteractiveBrokersShortableProvider(folder).shortable_quantity("GME", datetime(2021, 4, 23))
        == 0
    )


def test_canada_answers_for_itself(folder: Path) -> None:
    provider = InteractiveBrokersShortableProvider(folder)
    at = datetime(2021, 4, 27, 21)
    assert provider.shortable_quantity("ABX.CA", at) == 6_200_000
    usa = {
        s: n
        for s, n in provider.all_shortable_symbols(datetime(2021, 4, 27, 19)).items()
        if s.market == "usa"
    }
    assert usa == provider.all_shortable_symbols(datetime(2021, 4, 27, 19))
    assert usa.keys() < provider.all_shortable_symbols(at).keys()


@pytest.mark.slow
def test_the_archive_answers_what_its_text_says(real_data: Path, tmp_path: Path, text: Any) -> None:
    import_source("ibkr", real_data / "ibkr" / HISTORY, data_folder=tmp_path)
    provider = InteractiveBrokersShortableProvider(tmp_path, missing="unrestricted")
    names = ["GME", "TQQQ", "NA", "NAN", "TRUE", "CON", "BYND", "BRK B", "AMC", "SOXL"]
    moments = sorted(text)
    assert len(moments) == 27
    asked = [(name, moment) for name in names for moment in moments]
    expected = [int(text[moment].get(name, "0").lstrip(">")) for name, moment in asked]
    assert provider.shortable_quantity("NA", moments[-1]) > 0
    assert [provider.shortable_quantity(*pair) for pair in asked] == expected
    found = provider.shortable_quantities(
        [name for name, _ in asked], [moment for _, moment in asked]
    )
    assert found.tolist() == expected
    # A second before it, each snapshot is not known yet: the one before it answers, or nothing within seven days.
    for name in names[:3]:
        for before, moment in zip([None, *moments], moments, strict=False):
            just_before = moment - timedelta(seconds=1)
            speaks = before is not None and just_before - before <= timedelta(days=7)
            answer = int(text[before].get(name, "0").lstrip(">")) if speaks else None
            assert provider.shortable_quantity(name, just_before) == answer
    for moment in (moments[0], moments[13], moments[26]):
        listed = provider.all_shortable_symbols(moment)
        usd = {s: n for s, n in listed.items() if s.currency == "USD"}
        written = {
            Symbol.create(s, market="usa"): int(n.lstrip(">")) for s, n in text[moment].items()
        }
        assert usd == written
        assert len(listed) > 18_000
    # The hole from 27 April to 11 May: older than seven days is silence.
    assert provider.shortable_quantity("GME", datetime(2026, 5, 6)) is None
    assert not provider.has_quantity("GME", datetime(2026, 5, 6))
    panel = provider.panel(names, moments[0], moments[-1])
    assert len(panel) == 27 + 1  # and the moment at which the last one before the hole falls silent
    assert np.array_equal(panel.iloc[0].to_numpy(), [expected[27 * i] for i in range(len(names))])
