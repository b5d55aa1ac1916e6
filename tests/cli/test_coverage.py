"""`shortable coverage`: snapshots, stale repeats, missing sessions and gaps of a small store."""

from __future__ import annotations

import pytest

from shortable.store import append, make_snapshot


@pytest.fixture
def holes(tmp_path, at):
    """Complete snapshots of Monday 2024-01-08, Tuesday 01-09 (a repeat of Monday's), Thursday 01-11, Friday 01-26."""
    folder = tmp_path / "holes"
    quantities = {"2024-01-08": 5, "2024-01-09": 5, "2024-01-11": 6, "2024-01-26": 7}
    append(
        "acme",
        [
            make_snapshot(at(day), {"symbol": ["SPY"], "quantity": [n]}, complete=True)
            for day, n in quantities.items()
        ],
        data_folder=folder,
    )
    return folder


def test_in_words(cli, holes):
    ended = cli("coverage", "--broker", "acme", "--data", holes)
    assert (ended.code, ended.err) == (0, "")
    assert "4 (0 partial), 4 rows, 2024-01-08 00:00 to 2024-01-26 00:00" in ended.out
    # Wednesday the 10th, and the ten weekdays from Friday the 12th to Thursday the 25th.
    assert "missing        11 weekdays: 2024-01-10, 2024-01-12 to 2024-01-25" in ended.out
    assert "gaps           1 longer than 7 d" in ended.out
    assert "2024-01-09 00:00  2024-01-08 00:00" in ended.out  # the stale repeat and what it repeats
    # From the 11th to the 26th it is 15 days; seven days after the 11th it is silent.
    assert "2024-01-11 00:00  2024-01-26 00:00    15 d  2024-01-18 00:00" in ended.out


def test_json(cli, holes):
    said = cli("coverage", "--broker", "acme", "--data", holes, "--json").json
    assert [s["repeats"] for s in said["snapshots"]] == [None, "2024-01-08T05:00:00Z", None, None]
    assert len(said["missing_sessions"]) == 11
    assert said["gaps"] == [
        {
            "from_local": "2024-01-11T00:00:00",
            "to_local": "2024-01-26T00:00:00",
            "days": 15.0,
            "silent_from_local": "2024-01-18T00:00:00",
        }
    ]
    assert (said["max_age_days"], said["made_up"]) == (7.0, False)


def test_max_age_decides_what_a_gap_is(cli, holes):
    assert (
        len(
            cli("coverage", "--broker", "acme", "--data", holes, "--max-age", "1", "--json").json[
                "gaps"
            ]
        )
        == 2
    )
    never = cli("coverage", "--broker", "acme", "--data", holes, "--max-age", "none", "--json").json
    assert (never["gaps"], never["max_age_days"]) == ([], None)


def test_a_bare_date_as_end_is_the_whole_day(cli, holes):
    said = cli(
        "coverage", "--broker", "acme", "--data", holes, "--end", "2024-01-09", "--json"
    ).json
    assert [s["local_time"] for s in said["snapshots"]] == [
        "2024-01-08T00:00:00",
        "2024-01-09T00:00:00",
    ]


def test_long_tables_are_shortened_unless_all_is_asked_for(cli, tmp_path, at):
    days = [f"2024-01-{day:02}" for day in range(1, 11)]
    snapshots = [
        make_snapshot(at(day), {"symbol": ["SPY"], "quantity": [n]}, complete=True)
        for n, day in enumerate(days)
    ]
    append("acme", snapshots, data_folder=tmp_path / "d")
    short = cli("coverage", "--broker", "acme", "--data", tmp_path / "d").out
    assert "Snapshots (10; --all shows every one)" in short
    assert "… 6 more" in short
    assert "2024-01-05 00:00" not in short
    whole = cli("coverage", "--broker", "acme", "--data", tmp_path / "d", "--all").out
    assert all(f"{day} 00:00" in whole for day in days)


def test_the_sample_says_that_it_is_made_up(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "made-up sample data" in cli("coverage", "--broker", "axos").out


def test_sessions_of_a_named_calendar(cli, holes):
    pytest.importorskip("exchange_calendars", reason="the extra calendars is not installed")
    ended = cli("coverage", "--broker", "acme", "--data", holes, "--calendar", "exchange")
    assert "sessions       of the calendar XNYS" in ended.out
    # The eleven weekdays without one, less Monday 15 January, Martin Luther King's day.
    assert (
        "missing        10 sessions: 2024-01-10, 2024-01-12, 2024-01-16 to 2024-01-25" in ended.out
    )
    said = cli("coverage", "--broker", "acme", "--data", holes, "--calendar", "XNYS", "--json").json
    assert said["calendar"] == "XNYS"


def test_weekdays_are_named_as_such(cli, holes):
    assert (
        "sessions       weekdays, holidays among them"
        in cli("coverage", "--broker", "acme", "--data", holes).out
    )


def test_symbols_that_come_and_go(cli, data):
    # acme names CON, GME, NA, SPY and TRUE on the 2nd, SPY alone on the 3rd.
    ended = cli("coverage", "--broker", "acme", "--data", data, "--symbols")
    assert "Jumps in the number of rows (1)" in ended.out
    assert "2024-01-03 00:00     1  -80.0%" in ended.out
    assert "2024-01-03 00:00     0     4" in ended.out
    assert "Symbols that come and go (4)" in ended.out
    said = cli("coverage", "--broker", "acme", "--data", data, "--symbols", "--json").json
    assert [s["symbol"] for s in said["symbols"]] == ["CON", "GME", "NA", "TRUE"]
    assert said["changes"][1]["went"] == 4


def test_the_heat_map_is_written_whole_or_refused(cli, holes, tmp_path):
    pytest.importorskip("matplotlib", reason="the extra plot is not installed")
    drawn = tmp_path / "map.svg"
    ended = cli("coverage", "--broker", "acme", "--data", holes, "--plot", drawn)
    assert (ended.code, drawn.read_text(encoding="utf-8")[:5]) == (0, "<?xml")
    refused = cli("coverage", "--broker", "acme", "--data", holes, "--plot", tmp_path / "map.xls")
    assert refused.code == 2
    assert "--plot" in refused.err
