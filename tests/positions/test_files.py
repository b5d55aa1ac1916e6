"""A book on disk: whole at every moment, read from anywhere, damaged ones refused."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shortable.errors import InvalidInputError, StoreError
from shortable.positions import PositionsBook, Publisher, book_of, load_book, parse, save_book

from ..engine.scenario import flat, play
from .books import book
from .documents import FUTU, samples


class Ticks:
    """A clock that says what it is told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def published(folder: Path, days: list[float], **settings: Any) -> list[str | None]:
    """Run a session each of those seconds; return the date of the book after each session's end, None for none."""
    ticks, seen = Ticks(), []
    publisher = Publisher(folder, clock=ticks, **settings)

    def watch(simulation: Any) -> None:
        ticks.now = days[len(simulation.equity) - 1]
        publisher(simulation)
        seen.append(
            f"{load_book(folder).time:%d}" if (folder / "positions.json").exists() else None
        )

    play(flat(len(days)), {0: lambda a: a.market_order("SPY", -5)}, watch=watch)
    return seen


def test_a_book_is_written_at_first_then_every_so_often_and_at_the_end(tmp_path: Path) -> None:
    # Sessions from Tuesday the 2nd; the one at 1.5 s is late enough, those at 0.5, 1.6 and 2.0 s are not; the last always.
    assert published(tmp_path, [0.0, 0.5, 1.5, 1.6, 2.0], every=1.0) == [
        "02",
        "02",
        "04",
        "04",
        "08",
    ]
    assert published(tmp_path / "each", [0.0, 0.0, 0.0], every=0) == ["02", "03", "04"]


def test_the_folder_is_made_and_the_last_book_is_the_results(tmp_path: Path) -> None:
    publisher = Publisher(
        tmp_path / "new" / "folder", portfolio_id="p", names={"SPY": "SPDR"}, settlement=0
    )
    result = play(flat(3), {0: lambda a: a.market_order("SPY", 5)}, watch=publisher)
    expected = book_of(result, portfolio_id="p", names={"SPY": "SPDR"}, settlement=0)
    assert load_book(tmp_path / "new" / "folder") == expected
    assert expected.finished
    assert [f.name for f in (tmp_path / "new" / "folder").iterdir()] == ["positions.json"]


def test_one_publisher_serves_one_run_after_the_other(tmp_path: Path) -> None:
    publisher = Publisher(tmp_path)
    for shares in (5, 7):
        result = play(flat(3), {0: lambda a, n=shares: a.market_order("SPY", n)}, watch=publisher)
        assert load_book(tmp_path) == book_of(result)
        assert load_book(tmp_path).lines[0].quantity == shares


def test_publishing_changes_nothing_in_the_result(tmp_path: Path) -> None:
    steps = {0: lambda a: a.market_order("SPY", -5), 2: lambda a: a.market_order("SPY", 2)}
    plain, watched = play(flat(5), steps), play(flat(5), steps, watch=Publisher(tmp_path, every=0))
    assert plain.summary() == watched.summary()
    assert plain.equity.equals(watched.equity)
    assert plain.order_events.equals(watched.order_events)


def test_a_reader_finds_a_whole_book_at_every_moment(tmp_path: Path) -> None:
    """Books of very different lengths replace one another while another thread reads."""
    small, large = book([]), book([(0, 5, 10.0, 0.0)])
    large = replace(
        large, lines=tuple(replace(large.lines[0], portfolio_id="x" * n) for n in range(300))
    )
    save_book(small, tmp_path)
    done, seen, faults = threading.Event(), set(), []

    def read() -> None:
        while not done.is_set():
            try:
                seen.add(len(load_book(tmp_path).lines))
            except Exception as error:
                faults.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(
        2_000
    ):  # until the reader, which gets what time the machine has, has met both
        save_book(large, tmp_path)
        save_book(small, tmp_path)
        if turn >= 20 and (seen == {0, 300} or faults):
            break
    done.set()
    reader.join()
    assert faults == []
    assert seen == {0, 300}


def test_an_interrupted_write_leaves_the_book_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = book([(0, 5, 10.0, 0.0)])
    save_book(before, tmp_path)

    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match="No space left on device"):
            save_book(book([(0, 7, 10.0, 0.0)]), tmp_path)
    assert load_book(tmp_path) == before


def test_a_disk_that_fills_up_does_not_end_a_backtest_that_has_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: Any, **kwargs: Any) -> None:
        raise OSError(28, "No space left on device")

    def watch(simulation: Any) -> None:
        with monkeypatch.context() as patched:
            if simulation.row == 2:
                patched.setattr(os, "fsync", full)
                with pytest.warns(
                    RuntimeWarning, match="No space left on device.*the backtest goes on"
                ):
                    publisher(simulation)
                assert load_book(tmp_path).held == ()  # of the session before the fill
            else:
                publisher(simulation)

    publisher = Publisher(tmp_path, every=0)
    result = play(flat(4), {0: lambda a: a.market_order("SPY", 5)}, watch=watch)
    assert load_book(tmp_path) == book_of(result)  # the fill of the second session is not lost

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left on device"):
        play(flat(4), {}, watch=Publisher(tmp_path / "other"))


def test_a_folder_that_cannot_be_written_to_is_an_error_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match=r"positions\.json"):
        save_book(PositionsBook(), tmp_path / "file")


def test_a_folder_of_nothing_says_what_belongs_there(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(InvalidInputError, match=r"hold positions\.json or a saved result"):
            load_book(folder)


def test_a_published_book_goes_before_a_saved_result(tmp_path: Path) -> None:
    result = play(flat(3), {0: lambda a: a.market_order("SPY", 5)})
    folder = result.to_parquet(tmp_path / "out")
    save_book(PositionsBook(currency="HKD"), folder)
    assert load_book(folder).currency == "HKD"


def test_a_book_of_the_first_format_is_read(tmp_path: Path) -> None:
    """Format 1 called `borrow_cost` `borrow_fees`."""
    held = book([(0, -100, 10.0, 1.0)])
    path = save_book(held, tmp_path)
    document = json.loads(path.read_text(encoding="utf-8"))
    for row in document["lines"]:
        row["borrow_fees"] = row.pop("borrow_cost") + 2.5
    path.write_text(json.dumps(document | {"format": 1}), encoding="utf-8")
    assert [line.borrow_cost for line in load_book(tmp_path).lines] == [2.5]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "be a book of positions"),
        ("[]", "be a book of positions"),
        ('{"format": 3, "lines": [], "time": null}', "a newer shortable wrote it"),
        ('{"format": 2, "lines": [{}], "time": null}', "be a book of positions"),
        ('{"format": 2, "lines": [], "time": "soon"}', "be a book of positions"),
        ('{"format": 2, "lines": [], "time": null, "surprise": 1}', "be a book of positions"),
    ],
)
def test_a_damaged_book_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "positions.json").write_text(text)
    with pytest.raises(InvalidInputError, match=message):
        load_book(tmp_path)


def test_a_result_of_which_a_table_is_missing_is_refused(tmp_path: Path) -> None:
    folder = play(flat(3), {}).to_parquet(tmp_path / "out")
    (folder / "holdings.parquet").unlink()
    with pytest.raises(
        InvalidInputError, match=r"Write it with Result\.to_parquet of this version"
    ):
        load_book(folder)


def test_a_brokers_book_can_be_saved_too(tmp_path: Path) -> None:
    answer = parse(samples(FUTU)[0], schema="futu")
    path = save_book(answer, tmp_path)
    assert load_book(tmp_path) == answer
    assert json.loads(path.read_text())["lines"][0]["symbol"] == "AAPL"


@pytest.mark.parametrize("every", [-1, float("nan"), float("inf"), "1"])
def test_s6_how_often_must_be_seconds(tmp_path: Path, every: Any) -> None:
    with pytest.raises(InvalidInputError, match="must be a number of seconds, at least 0"):
        Publisher(tmp_path, every=every)
