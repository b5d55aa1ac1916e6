"""LEAN's short-availability files: one reader for `shortable.importers` and `shortable.lean`."""

from __future__ import annotations

from pathlib import Path

import pytest

from shortable.errors import ImportRefusedError
from shortable.lean_files import broker_folder, data_lines, holds_files


def test_lines_without_header_blanks_and_comments_keep_their_numbers() -> None:
    data = "\ufeff#DATE,AVAILABLE,REBATERATE,FEERATE\r\n20131004,1000,5.07,0.25\r\n\r\n# note\r\n20131007,,,"
    lines, at = data_lines(data.encode(), "spy.csv", "DATE")
    assert lines == [(2, "20131004,1000,5.07,0.25"), (5, "20131007,,,")]
    assert at == {"DATE": 0, "AVAILABLE": 1, "REBATERATE": 2, "FEERATE": 3}


@pytest.mark.parametrize(
    ("first", "at"),
    [
        (b"aapl,2000", {"SYM": 0, "AVAILABLE": 1, "REBATERATE": 2, "FEERATE": 3}),
        # a vendor's own name of the key, and columns in another order
        (b"#TICKER,FEERATE,AVAILABLE", {"TICKER": 0, "SYM": 0, "FEERATE": 1, "AVAILABLE": 2}),
        (b"sym,available", {"SYM": 0, "AVAILABLE": 1}),
    ],
)
def test_a_header_says_which_cell_is_what(first: bytes, at: dict[str, int]) -> None:
    assert dict(data_lines(first, "20201221.csv", "SYM")[1]) == at


def test_a_header_without_shares_is_refused() -> None:
    with pytest.raises(ImportRefusedError, match="lacks AVAILABLE"):
        data_lines(b"#SYM,SHARES\naapl,1", "20201221.csv", "SYM")


def test_a_folder_of_a_store_holds_no_files_of_leans(tmp_path: Path) -> None:
    folder = broker_folder(tmp_path, "usa", "axos")
    folder.mkdir(parents=True)
    (folder / "part-0.parquet").write_bytes(b"")
    assert not holds_files(folder)
    (folder / "dates").mkdir()
    assert holds_files(folder)
