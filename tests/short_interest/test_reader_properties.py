"""The reader against a slow, obvious model: lists of what was published when, searched from end to end."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from shortable import Symbol
from shortable.clock import from_instant
from shortable.importers import import_source
from shortable.short_interest import ShortInterest
from shortable.store import known_by_rule

from .conftest import finra

SETTLED = [date(2021, 1, 15), date(2021, 1, 29), date(2021, 2, 12)]
TICKERS = ["AA", "B", "ZZ"]


@dataclass(frozen=True)
class Publication:
    """A file: what it says of each ticker, and when it came; without a time by the rule."""

    settled: date
    figures: dict[str, int]
    stated: datetime | None

    @property
    def known(self) -> datetime:
        return self.stated or from_instant(known_by_rule(self.settled, Symbol.create("AA").market))


def model(published: list[Publication], ticker: str, moment: datetime) -> list[int]:
    """Of each settlement date the figure of the last publication that names the ticker."""
    answers = []
    for day in SETTLED:
        said = [
            p for p in published if p.settled == day and ticker in p.figures and p.known <= moment
        ]
        if said:
            answers.append(max(said, key=lambda p: p.known).figures[ticker])
    return answers


figures = st.dictionaries(st.sampled_from(TICKERS), st.integers(0, 5), min_size=1)


@st.composite
def publications(draw: st.DrawFn) -> list[Publication]:
    files: list[Publication] = []
    for day in draw(st.lists(st.sampled_from(SETTLED), unique=True, min_size=1)):
        rule = Publication(day, draw(figures), None)
        files.append(rule)
        minutes = draw(st.lists(st.integers(1, 60 * 24 * 40), unique=True, max_size=3))
        files += [
            Publication(day, draw(figures), rule.known + timedelta(minutes=m)) for m in minutes
        ]
    return files


@settings(max_examples=60)
@given(publications(), st.data())
def test_s2_what_was_known_is_what_had_been_published(
    published: list[Publication], data: st.DataObject
) -> None:
    """S2, with the files of several settlement dates in any order, each date's in that of their publication."""
    days = data.draw(
        st.lists(st.sampled_from(published), min_size=len(published), max_size=len(published))
    )
    queues = {
        d: sorted((p for p in published if p.settled == d), key=lambda p: p.known) for d in SETTLED
    }
    order = [queues[d.settled].pop(0) for d in days if queues[d.settled]]
    order += [p for queue in queues.values() for p in queue]
    with tempfile.TemporaryDirectory() as folder:
        for file in order:
            rows = [(t, n, 10, "1.00") for t, n in file.figures.items()]
            import_source(
                "finra",
                finra(str(file.settled), *rows),
                published=file.stated,
                data_folder=Path(folder),
            )
        interest = ShortInterest(folder)
        moments = {p.known for p in published}
        for moment in sorted(moments | {m - timedelta(microseconds=1) for m in moments}):
            everything = {str(s): r.current_shares_short for s, r in interest.all(moment).items()}
            newest = {}
            for ticker in TICKERS:
                expected = model(published, ticker, moment)
                found = interest.short_positions(ticker, None, moment)
                assert [r.current_shares_short for r in found] == expected
                row = interest.at(ticker, moment)
                assert (row is None) == (not expected)
                if row is not None:
                    assert row.current_shares_short == newest.setdefault(ticker, expected[-1])
                    assert row == found.rows[-1]
            assert everything == newest
