"""LEAN's factor and map files, made by hand in their form."""

from __future__ import annotations

from pathlib import Path

import pytest

from shortable.actions import (
    CorporateActions,
    Delisting,
    Dividend,
    Listing,
    Rename,
    Split,
    parse_actions,
    read_actions,
)
from shortable.errors import CorporateActionError

# Factors are in force up to and with the day of their row.
# 2020-08-28 (Friday): split factor 0.25 to 1, a 4 for 1 on Monday 31. 2022-11-03: price factor 0.99 to 1 on a close of
# 138.88, so 138.88 × 0.01 = 1.3888 is paid from the 4th on. 2014-06-06 (Friday): 0.0357143 (1/28) to 0.25, a 7 for 1.
FACTORS = """\
19980102,0.9000000,0.0357143,1
20140606,0.9900000,0.0357143,645.57
20200828,0.9900000,0.2500000,499.23
20221103,0.9900000,1,138.88
20501231,1,1,0
"""
FB = "20120518,fb,Q\n20220608,fb,Q\n20501231,meta,Q\n"
GONE = "19980102,gonq,N\n20090601,gonq,N\n20110421,mtlqq,N\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "equity" / "usa"
    for name, files in (
        ("factor_files", {"aaxq": FACTORS}),
        ("map_files", {"meta": FB, "mtlqq": GONE, "gonq.1": "20101118,gonq,N\n20501231,gonq,N\n"}),
    ):
        (home / name).mkdir(parents=True)
        for stem, text in files.items():
            (home / name / f"{stem}.csv").write_text(text)
    return tmp_path


def test_a_factor_file(folder: Path) -> None:
    actions = read_actions(folder / "equity" / "usa" / "factor_files" / "aaxq.csv")
    assert list(actions.splits) == [
        Split("AAXQ", "2014-06-09", 7, 1),
        Split("AAXQ", "2020-08-31", 4, 1),
    ]
    assert list(actions.dividends) == [
        # 0.9 / 0.99 = 0.90909: 1 × 0.0909 a share on the first day, Friday 1998-01-02.
        Dividend("AAXQ", "1998-01-05", 0.0909, "raw"),
        Dividend("AAXQ", "2022-11-04", 1.3888, "raw"),
    ]


def test_a_dividend_on_the_day_of_a_split_is_one_of_the_new_share() -> None:
    # A 4 for 1 and 1 % of a close of 400 on one day: 4.00 of the old share are 1.00 of the new one.
    text = b"20200101,1,1,0\n20200828,0.99,0.25,400\n20501231,1,1,0\n"
    actions = read_actions(text, symbol="AAXQ")
    assert list(actions.dividends) == [Dividend("AAXQ", "2020-08-31", 1.0, "raw")]


def test_map_files(folder: Path) -> None:
    maps = folder / "equity" / "usa" / "map_files"
    assert list(read_actions(maps / "meta.csv")) == [
        Listing("FB", "2012-05-18"),
        Rename("FB", "2022-06-09", "META"),
    ]
    assert list(read_actions(maps / "mtlqq.csv")) == [
        Listing("GONQ", "1998-01-02"),
        Rename("GONQ", "2009-06-02", "MTLQQ"),
        Delisting("MTLQQ", "2011-04-21"),
    ]


@pytest.mark.parametrize("where", ["", "equity/usa", "equity"])
def test_a_folder_of_both(folder: Path, where: str) -> None:
    actions = read_actions(folder / where)
    assert (len(actions.splits), len(actions.renames), len(actions.listings)) == (2, 2, 3)
    # The ticker GONQ was two companies'.
    assert actions.symbol_on("GONQ", actions.listings[-1].date) == "GONQ"
    assert actions.identity("GONQ").names[0].first == actions.listings[1].date
    assert len(read_actions(folder / "equity" / "usa" / "map_files").splits) == 0


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CorporateActionError, match="hold LEAN's factor_files or map_files"):
        read_actions(tmp_path)
    with pytest.raises(CorporateActionError, match="a factor file does not say it"):
        read_actions(FACTORS.encode())
    read = parse_actions(
        b"20200101,1,1,0\n2020x,1,1,1\n20200828,a,1,1\n20200829,inf,1,1\n",
        format="lean",
        symbol="X",
    )
    assert [r.line for r in read.rejected] == [2, 3]
    assert read.passed_over == {"rows whose factors are not exact": 1}
    assert read.rows == read.used + len(read.rejected) + 1
    assert read.actions() == CorporateActions()
