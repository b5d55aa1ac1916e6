"""`shortable run --publish`: the account's positions in a folder, for whoever looks."""

from __future__ import annotations

from pathlib import Path

from shortable.positions import load_book, render


def test_a_run_publishes_its_positions(cli, tmp_path: Path) -> None:
    ended = cli(
        "run", "short_availability", "--publish", tmp_path / "book", "--out", tmp_path / "out"
    )
    assert (ended.code, ended.err) == (0, "")
    book = load_book(tmp_path / "book")
    assert book.finished
    assert book == load_book(tmp_path / "out")
    assert render(book)["d"] == []  # all was bought back
    # The figures that the README shows of this run.
    assert f"{book.equity:,.2f}" == "1,017,340.52"
    assert {line.symbol: f"{line.borrow_cost:.2f}" for line in book.lines} == {
        "SPY": "8.13",
        "IBM": "1.35",
        "AAPL": "0.00",
    }
    assert sum(line.commissions for line in book.lines) == 70.0


def test_a_file_is_no_folder_to_publish_in(cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    ended = cli("run", "short_availability", "--publish", tmp_path / "file")
    assert (ended.code, ended.out) == (2, "")
    assert "must be a folder, not a file" in ended.err
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_one_line_and_exit_code_2(cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    ended = cli("run", "short_availability", "--publish", tmp_path / "file" / "folder")
    assert ended.code == 2
    assert "Traceback" not in ended.err
    assert "positions.json" in ended.err
