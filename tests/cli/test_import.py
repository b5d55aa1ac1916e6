"""`shortable import`: what is stored, what is reported, and that a refused file changes nothing."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pytest

from shortable.store import open_store

HEADER = "#SYM|CUR|NAME|CON|ISIN|REBATERATE|FEERATE|AVAILABLE|"
ROWS = (
    "A|USD|AGILENT|1715006|XXXXXXXU1016|1.9119|0.4081|>10000000|",
    "NA|USD|NANO LABS|36|X|NA|NA|1500|",
    "GME|USD|GAMESTOP|36285627|X|-0.8|0.9|350000|",
)


def usa_file(
    folder: Path, *rows: str, stamp: str = "2022.08.06|22:30:03", name: str = "usa.txt"
) -> Path:
    path = folder / name
    path.write_text("\n".join([f"#BOF|{stamp}", HEADER, *rows, f"#EOF|{len(rows)}", ""]))
    return path


def fingerprint(folder: Path) -> dict[str, str]:
    files = (f for f in folder.rglob("*") if f.is_file())
    return {str(f): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


def test_the_report_counts_every_row_and_names_the_snapshot(cli, tmp_path):
    path = usa_file(tmp_path, *ROWS, "GME|USD|AGAIN|1|X|0|0|1|")
    ended = cli("import", "ibkr", path, "--broker", "acme", "--data", tmp_path / "d")
    assert (ended.code, ended.err) == (0, "")
    assert "4 rows read: 3 stored, 1 rejected" in ended.out
    # 22:30:03 US Eastern in August is UTC−4: 02:30:03 of the next day.
    assert "2022-08-06 22:30:03  2022-08-07 02:30:03     3  complete  stored" in ended.out
    assert "6  duplicate of line 5: GME in USD" in ended.out


def test_json_is_one_document_and_says_the_same(cli, tmp_path):
    path = usa_file(tmp_path, *ROWS)
    said = cli("import", "ibkr", path, "--broker", "acme", "--data", tmp_path / "d", "--json").json
    assert (said["rows_read"], said["rows_stored"], said["rejects"]) == (3, 3, [])
    assert said["snapshots"] == [
        {
            "market": "usa",
            "local_time": "2022-08-06T22:30:03",
            "utc_time": "2022-08-07T02:30:03+00:00",
            "complete": True,
            "rows": 3,
            "state": "stored",
        }
    ]
    assert said["data_folder"] == str(tmp_path / "d")


def test_imported_again_nothing_changes(cli, tmp_path):
    command = (
        "import",
        "ibkr",
        usa_file(tmp_path, *ROWS),
        "--broker",
        "acme",
        "--data",
        tmp_path / "d",
    )
    cli(*command)
    before = fingerprint(tmp_path / "d")
    ended = cli(*command)
    assert ended.code == 0
    assert "3 rows read: 0 stored, 3 stored before, unchanged, 0 rejected" in ended.out
    assert fingerprint(tmp_path / "d") == before


def test_a_file_cut_in_half_is_refused_and_the_store_stays_as_it_was(cli, tmp_path):
    whole = usa_file(tmp_path, *ROWS)
    cli("import", "ibkr", whole, "--broker", "acme", "--data", tmp_path / "d")
    before = fingerprint(tmp_path / "d")
    half = tmp_path / "half.txt"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    ended = cli("import", "ibkr", half, "--broker", "acme", "--data", tmp_path / "d")
    assert (ended.code, ended.out) == (2, "")
    assert "half.txt: the file was cut off" in ended.err
    assert "--allow-truncated" in ended.err
    assert fingerprint(tmp_path / "d") == before


def test_of_several_files_one_that_is_bad_stores_none(cli, tmp_path):
    good, bad = usa_file(tmp_path, *ROWS), tmp_path / "bad.txt"
    bad.write_text("nothing of the kind\n")
    ended = cli("import", "ibkr", good, bad, "--broker", "acme", "--data", tmp_path / "d")
    assert ended.code == 2
    assert ended.err.startswith("Error: bad.txt: ")
    assert not list((tmp_path / "d").rglob("*.parquet"))


def test_several_files_are_one_report(cli, tmp_path):
    first = usa_file(tmp_path, *ROWS, name="one.txt")
    second = usa_file(
        tmp_path, *ROWS[:2], "X|USD|X|1|X|0|0|none|", stamp="2022.08.08|10:00:00", name="two.txt"
    )
    ended = cli("import", "ibkr", first, second, "--broker", "acme", "--data", tmp_path / "d")
    assert ended.out.startswith("one.txt … two.txt (2 files) → acme")
    assert "6 rows read: 5 stored, 1 rejected" in ended.out
    assert len(open_store("acme", data_folder=tmp_path / "d").as_of) == 2


def test_a_cut_file_is_taken_as_partial_where_that_is_allowed(cli, tmp_path):
    path = tmp_path / "usa.txt"
    path.write_text("\n".join(["#BOF|2022.08.06|22:30:03", HEADER, *ROWS[:2], ""]))
    ended = cli(
        "import", "ibkr", path, "--broker", "acme", "--data", tmp_path / "d", "--allow-truncated"
    )
    assert ended.code == 0
    assert " partial " in ended.out
    assert ended.err.startswith("Note: the file was cut off")


def test_another_snapshot_of_the_same_time_needs_replace(cli, tmp_path):
    folder = ("--broker", "acme", "--data", tmp_path / "d")
    cli("import", "ibkr", usa_file(tmp_path, *ROWS), *folder)
    other = usa_file(tmp_path, *ROWS[:1], name="other.txt")
    refused = cli("import", "ibkr", other, *folder)
    assert refused.code == 2
    assert "--replace" in refused.err
    assert cli("import", "ibkr", other, *folder, "--replace").code == 0
    assert open_store("acme", data_folder=tmp_path / "d").snapshots[0].rows == 1


def test_time_and_zone_say_when_a_file_without_bof_was_published(cli, tmp_path):
    path = tmp_path / "usa.txt"
    path.write_text("\n".join([HEADER, *ROWS, "#EOF|3", ""]))
    folder = ("--broker", "acme", "--data", tmp_path / "d")
    assert "--time" in cli("import", "ibkr", path, *folder).err
    zoned = cli(
        "import",
        "ibkr",
        path,
        *folder,
        "--time",
        "2022-08-07 02:30",
        "--time-zone",
        "UTC",
        "--json",
    )
    assert zoned.json["snapshots"][0]["local_time"] == "2022-08-06T22:30:00"


def test_a_table_with_columns_of_its_own_names(cli, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("code,when,n,cost\nNA,2024-01-02 09:30,100,0.25\nTRUE,2024-01-02 09:30,7,\n")
    ended = cli(
        "import",
        "table",
        path,
        "--broker",
        "acme",
        "--data",
        tmp_path / "d",
        "--rates",
        "percent",
        "--complete",
        "--column",
        "symbol=code",
        "--column",
        "time=when",
        "--column",
        "quantity=n",
        "--column",
        "fee_rate=cost",
    )
    assert ended.code == 0
    quoted = cli(
        "quote",
        "NA",
        "--at",
        "2024-01-02 10:00",
        "--broker",
        "acme",
        "--data",
        tmp_path / "d",
        "--json",
    ).json
    assert (quoted["quantity"], quoted["fee_rate"]) == (100, 0.0025)


def test_quantities_that_are_none_are_rejected_with_line_and_reason(cli, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "symbol,date,quantity\nAAPL,2024-01-02,5\nGME,2024-01-02,NaN\nSPY,2024-01-02,-5\nF,2024-01-02,1.5\n"
    )
    rejects = tmp_path / "rejects.csv"
    ended = cli(
        "import",
        "table",
        path,
        "--broker",
        "acme",
        "--data",
        tmp_path / "d",
        "--start-of-day",
        "--rejects",
        rejects,
    )
    assert ended.code == 0
    assert "4 rows read: 1 stored, 3 rejected" in ended.out
    with rejects.open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [row["line"] for row in lines] == ["3", "4", "5"]
    assert [row["text"] for row in lines] == [
        "GME,2024-01-02,NaN",
        "SPY,2024-01-02,-5",
        "F,2024-01-02,1.5",
    ]
    assert all(row["reason"] for row in lines)


def test_a_table_of_which_nothing_can_be_used_is_refused(cli, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("symbol,date,quantity\nGME,2024-01-02,NaN\n")
    ended = cli(
        "import", "table", path, "--broker", "acme", "--data", tmp_path / "d", "--start-of-day"
    )
    assert ended.code == 2
    assert "t.csv: no row can be used; line 2" in ended.err


def test_a_lean_folder(cli, tmp_path):
    dates = tmp_path / "lean" / "equity" / "usa" / "shortable" / "acme" / "dates"
    dates.mkdir(parents=True)
    (dates / "20201221.csv").write_text(
        "#SYM,AVAILABLE,REBATERATE,FEERATE\naapl,2000,5.0700,0.2500\nbac,200,,"
    )
    ended = cli("import", "lean", tmp_path / "lean", "--broker", "acme", "--data", tmp_path / "d")
    assert ended.code == 0
    assert "2 rows read: 2 stored, 0 rejected" in ended.out
    assert (
        "2020-12-21 00:00  2020-12-21 05:00" in ended.out
    )  # midnight in New York, UTC−5 in winter


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bloomberg", "f"], "source='bloomberg' must be one of ibkr, lean, table"),
        (["ibkr", "nowhere.txt"], "nowhere.txt: cannot be read"),
        (["ibkr", "."], ": cannot be read"),
        (["ibkr", "empty.txt"], "empty.txt: the file is empty"),
        (["table", "empty.txt"], "empty.txt"),
        (
            ["ibkr", "empty.txt", "--market", "mars"],
            "--market='mars' must be one of usa, australia",
        ),
        (["ibkr", "empty.txt", "--time", "noon"], "--time='noon' must be an ISO 8601 date or time"),
        (
            ["ibkr", "empty.txt", "--time-zone", "Mars/Olympus"],
            "--time-zone='Mars/Olympus' must be an IANA time zone",
        ),
        (
            ["table", "empty.txt", "--column", "quantity"],
            "--column='quantity' must read FIELD=COLUMN",
        ),
        (["lean", "empty.txt", "--rates", "percent"], "No such option: --rates"),
        (["ibkr", "empty.txt", "--rejects", "no/such/folder.csv"], "--rejects="),
    ],
)
def test_bad_input_is_one_message(cli, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    Path("empty.txt").touch()
    ended = cli("import", *arguments, "--broker", "acme")
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert ended.err.count("Error: ") == 1
    assert not Path("data").exists()


def test_what_a_file_says_cannot_steer_the_terminal(shell, tmp_path):
    path = usa_file(tmp_path, *ROWS, "\x1b[2J|USD|EVIL|1|X|0|0|1|")
    ended = shell("import", "ibkr", path, "--broker", "acme", "--data", tmp_path / "d")
    assert ended.code == 0
    assert "\x1b" not in ended.out
    assert r"\x1b[2J" in ended.out


def test_corporate_actions_are_listed_by_market_and_kind(cli, tmp_path):
    path = tmp_path / "splits.csv"
    path.write_text("symbol,ex_date,new,old\nAMC,2023-08-24,1,10\nGME,soon,4,1\n")
    ended = cli("import", "actions", path, "--data", tmp_path / "d")
    assert (ended.code, ended.err) == (0, "")
    assert "2 rows read: 1 stored, 1 rejected" in ended.out
    assert "usa     splits       1  2023-08-24  2023-08-24  stored" in ended.out


def test_what_a_table_of_actions_leaves_open_is_asked_for_by_option(cli, tmp_path):
    path = tmp_path / "dividends.csv"
    path.write_text("symbol,ex_date,amount\nMPW,2025-12-11,0.09\n")
    ended = cli("import", "actions", path, "--data", tmp_path / "d")
    assert ended.code == 2
    assert "--dividends raw" in ended.err.replace("\n", " ")
    assert cli("import", "actions", path, "--dividends", "raw", "--data", tmp_path / "d").code == 0
