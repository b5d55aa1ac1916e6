"""``shortable short-positions`` and the import of short interest: tables, JSON, and what cannot be asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from shortable.importers import import_source
from shortable.short_interest import store_shares_outstanding
from shortable.short_interest.wire import from_json

if TYPE_CHECKING:
    from .conftest import Cli

FINRA = (
    "symbolCode|marketClassCode|issueName|currentShortPositionQuantity|averageDailyVolumeQuantity|daysToCoverQuantity|"
    "settlementDate\n"
)
SFC = (
    "Date,Stock Code,Stock Name,Aggregated Reportable Short Positions (Shares),"
    "Aggregated Reportable Short Positions (HK$)\n"
)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """GME 61,782,730 then 21,409,004 short; ZZZ not traded; 700 of Hong Kong 45,925,264 at 296 dollars."""
    texts = {
        "shrt20210115.csv": FINRA
        + "GME|NYSE|GameStop|61782730|29385884|2.10|2021-01-15\nZZZ|OTC|Z|5|0|999.99|2021-01-15\n"
        + "GM|NYSE|General Motors|7|7|1.00|2021-01-15\n",
        "shrt20210129.csv": FINRA + "GME|NYSE|GameStop|21409004|96789540|1.00|2021-01-29\n",
        "sfc.csv": SFC + "02/12/2022,700,TENCENT,45925264,13593878144\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return {name.partition(".")[0]: tmp_path / name for name in texts}


@pytest.fixture
def stored(files: dict[str, Path], tmp_path: Path) -> Path:
    folder = tmp_path / "borrow"
    import_source("finra", [files["shrt20210115"], files["shrt20210129"]], data_folder=folder)
    import_source("sfc", files["sfc"], data_folder=folder)
    counts = pd.DataFrame(
        {"symbol": ["GME"], "date": ["2021-01-01"], "shares_outstanding": [69_746_960]}
    )
    store_shares_outstanding(counts, data_folder=folder)
    return folder


def test_the_us_table(cli: Cli, stored: Path) -> None:
    ended = cli("short-positions", "gme.us", "--data", stored)
    # Newest first; 21,409,004 / 69,746,960 = 0.30695… and 61,782,730 / 69,746,960 = 0.88581…
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines() == [
        "Short Positions — GME.US",
        "date        rate%  short_shares  avg_daily_vol  days_cover  close",
        "──────────  ─────  ────────────  ─────────────  ──────────  ─────",
        "2021-01-29  30.70    21,409,004     96,789,540        1.00      -",
        "2021-01-15  88.58    61,782,730     29,385,884        2.10      -",
    ]


def test_the_hk_table(cli: Cli, stored: Path) -> None:
    ended = cli("short-positions", "00700.HK", "--data", stored)
    assert ended.out.splitlines() == [
        "Short Positions — 700.HK",
        "date        short_shares    balance(HKD)     cost  rate%",
        "──────────  ────────────  ──────────────  ───────  ─────",
        "2022-12-02    45,925,264  13,593,878,144  296.000      -",
    ]


def test_what_is_missing_is_a_dash(cli: Cli, stored: Path) -> None:
    assert cli("short-positions", "ZZZ", "--data", stored).out.splitlines()[-1].split() == [
        "2021-01-15",
        "-",
        "5",
        "0",
        "-",
        "-",
    ]


@pytest.mark.parametrize(("count", "rows"), [(-3, 1), (0, 1), (1, 1), (2, 2), (1000, 2)])
def test_the_count_is_clamped(cli: Cli, stored: Path, count: int, rows: int) -> None:
    ended = cli("short-positions", "GME", f"--count={count}", "--data", stored)
    assert ended.code == 0
    assert len(ended.out.splitlines()) == 3 + rows


def test_json_is_the_documented_response(cli: Cli, stored: Path) -> None:
    document = cli("short-positions", "GME.US", "--format", "json", "--data", stored).json
    assert (document["code"], document["message"], document["symbol"], document["made_up"]) == (
        0,
        "success",
        "GME.US",
        False,
    )
    assert [row["timestamp"] for row in document["data"]] == [
        "2021-01-15T05:00:00Z",
        "2021-01-29T05:00:00Z",
    ]
    assert [r.current_shares_short for r in from_json(document)] == [61782730, 21409004]  # type: ignore[union-attr]
    assert cli("short-positions", "GME.US", "--json", "--data", stored).json == document
    assert cli("short-positions", "NOPE", "--json", "--data", stored).json["data"] == []


def test_what_was_public_at_a_time(cli: Cli, stored: Path) -> None:
    def dates(*more: str) -> list[str]:
        lines = cli("short-positions", "GME", "--data", stored, *more).out.splitlines()[3:]
        return [line.split()[0] for line in lines]

    assert dates("--at", "2021-02-11 09:29") == ["2021-01-15"]
    assert dates("--at", "2021-02-11 14:30+00:00") == ["2021-01-29", "2021-01-15"]
    assert dates("--at", "2021-02-10 09:30", "--lag", "7") == ["2021-01-29", "2021-01-15"]


def test_nothing_there(cli: Cli, stored: Path) -> None:
    ended = cli("short-positions", "NOPE.US", "--data", stored)
    assert (ended.code, ended.out, ended.err) == (
        0,
        "No short selling data found for NOPE.US.\n",
        "",
    )
    ambiguous = cli("short-positions", "GM.E", "--data", stored)
    assert ambiguous.out == "No short selling data found for GM.E.US.\n"
    assert "GME may be another security" in ambiguous.err


def test_the_sample_says_that_it_is_made_up(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = cli("short-positions", "GME.US", "--count", 3)
    assert ended.code == 0
    assert ended.out.splitlines()[-1] == "made-up sample data"
    assert "-" not in [cell for line in ended.out.splitlines()[3:6] for cell in line.split()]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["RY.CA"], "symbol='RY.CA' must be of the USA or Hong Kong"),
        (["#?"], "ticker='#?' must be"),
        (["GME", "--at", "soon"], "--at='soon' must be an ISO 8601 date or time"),
        (["GME", "--lag", "-1"], "--lag=-1 must be a whole number of days from 0 to 366"),
        (["GME", "--source", "nasdaq"], "no short interest by 'nasdaq' of usa"),
        (["GME", "--format", "xml"], "Invalid value for '--format'"),
        (["GME", "--count", "many"], "Invalid value for '--count'"),
    ],
)
def test_bad_input(cli: Cli, stored: Path, arguments: list[str], message: str) -> None:
    ended = cli("short-positions", *arguments, "--data", stored)
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err


def test_an_empty_folder_says_what_to_do(cli: Cli, tmp_path: Path) -> None:
    ended = cli("short-positions", "700.HK", "--data", tmp_path / "empty")
    assert ended.code == 2
    assert "import it with `shortable import sfc FILE`" in ended.err


def test_import_finra_and_sfc(cli: Cli, files: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "given"
    ended = cli("import", "finra", files["shrt20210115"], files["shrt20210129"], "--data", folder)
    assert (ended.code, ended.err) == (0, "")
    assert "4 rows read: 4 stored, 0 rejected" in ended.out
    assert "usa     2021-01-29 09:30  2021-01-29 14:30     3  complete  stored" in ended.out
    again = cli("import", "finra", files["shrt20210129"], "--data", folder, "--json")
    assert (again.json["rows_stored"], again.json["rows_unchanged"], again.json["broker"]) == (
        0,
        1,
        "finra",
    )
    hk = cli("import", "sfc", files["sfc"], "--data", folder, "--lag", "10", "--json").json
    assert hk["snapshots"][0]["local_time"] == "2022-12-12T00:00:00"


def test_a_revision_says_when_it_was_published(
    cli: Cli, files: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "given"
    cli("import", "finra", files["shrt20210129"], "--data", folder)
    files["shrt20210129"].write_text(
        FINRA + "GME|NYSE|GameStop|21000000|96789540|1.00|2021-01-29\n"
    )
    refused = cli("import", "finra", files["shrt20210129"], "--data", folder)
    assert refused.code == 2
    assert "say when it was published (--time)" in refused.err
    assert "Pass --replace" in refused.err
    taken = cli("import", "finra", files["shrt20210129"], "--time", "2021-02-25", "--data", folder)
    assert taken.code == 0
    # Published on Thursday the 25th, it counts from Friday's open.
    assert "2021-02-26 09:30" in taken.out
    zoned = cli(
        "import",
        "finra",
        files["shrt20210115"],
        "--time",
        "2021-01-27 23:00+00:00",
        "--data",
        folder,
    )
    assert "2021-01-27 18:00" in zoned.out


def test_saved_responses_of_longbridge(cli: Cli, stored: Path, tmp_path: Path) -> None:
    saved = tmp_path / "gme.json"
    saved.write_text(cli("short-positions", "GME", "--json", "--data", stored).out)
    folder = tmp_path / "passed on"
    ended = cli("import", "longbridge", saved, "--time", "2021-02-09 20:00", "--data", folder)
    assert (ended.code, ended.err) == (0, "")
    # The first was known by the schedule before it was fetched, the second when it was fetched.
    assert "usa     2021-01-29 09:30  2021-01-29 14:30     1  complete  stored" in ended.out
    assert "usa     2021-02-09 20:00  2021-02-10 01:00     1  complete  stored" in ended.out
    again = cli("short-positions", "GME", "--json", "--data", folder).json
    assert again["sources"] == ["longbridge"]
    assert again["data"] == cli("short-positions", "GME", "--json", "--data", stored).json["data"]
    documented = json.loads(saved.read_text())
    del documented["symbol"]
    saved.write_text(json.dumps(documented))
    refused = cli("import", "longbridge", saved, "--data", folder)
    assert refused.code == 2
    assert (
        "gme.json: --symbol must be given. The document does not say whose positions these are."
        in refused.err
    )
    assert (
        cli("import", "longbridge", saved, "--symbol", "GME.US", "--data", folder, "--json").json[
            "rows_unchanged"
        ]
        == 2
    )
    for text, message in (
        ("no json", "gme.json: not JSON"),
        (
            '{"code": 301600, "message": "no quote access"}',
            "gme.json: document=301600 must be a successful response",
        ),
    ):
        saved.write_text(text)
        ended = cli("import", "longbridge", saved, "--symbol", "GME.US", "--data", folder)
        assert ended.code == 2
        assert message in ended.err
    other = cli("import", "longbridge", saved, "--lag", "3", "--data", folder)
    assert "No such option: --lag" in other.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["finra", "{finra}", "--broker", "axos"], "No such option: --broker"),
        (["finra", "{sfc}"], "sfc.csv: its header lacks symbolCode"),
        (
            ["sfc", "{finra}"],
            "shrt20210115.csv: its header lacks a column of date, symbol, shares, value",
        ),
        (["finra", "{finra}", "--lag", "400"], "--lag=400 must be a whole number of days"),
        (["finra", "{finra}", "--time", "2020-01-01"], "must not lie before the settlement date"),
        (
            ["finra", "{finra}", "--market", "usa"],
            "No such option: --market",
        ),
        (["table", "{finra}"], "is short interest: how many shares are already short"),
        (
            ["nasdaq", "{finra}"],
            "source='nasdaq' must be one of ibkr, lean, table",
        ),
    ],
)
def test_imports_that_are_refused(
    cli: Cli, files: dict[str, Path], tmp_path: Path, arguments: list[str], message: str
) -> None:
    given = [a.format(finra=files["shrt20210115"], sfc=files["sfc"]) for a in arguments]
    ended = cli("import", *given, "--data", tmp_path / "given")
    assert ended.code == 2
    assert message in ended.err
    assert list((tmp_path / "given").rglob("*.parquet")) == []


def test_through_a_shell_that_knows_ascii_only(shell: Cli, stored: Path) -> None:
    ended = shell("short-positions", "GME.US", "--data", stored, env={"PYTHONIOENCODING": "ascii"})
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[0] == "Short Positions - GME.US"
