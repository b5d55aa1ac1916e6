"""`shortable status`: the table and the document."""

from __future__ import annotations

from datetime import UTC, datetime

from shortable.collect.state import FileState, State


def test_in_words(cli, data):
    State({"usa.txt": FileState(result="failed", error="it stalled", failures=1, failed=1)}).write(
        data / "collect" / "ibkr", datetime(2024, 1, 2, tzinfo=UTC)
    )
    ended = cli("status", "--data", data)
    assert (ended.code, ended.err) == (0, "")
    assert "ibkr: failed: it stalled" in ended.out
    lines = [line.split() for line in ended.out.splitlines()]
    (acme,) = [line for line in lines if line[:2] == ["acme", "usa"]]
    assert acme[2:4] == ["2024-01-03", "05:00"]
    assert acme[-1] == "silent"


def test_json(cli, data):
    said = cli("status", "--data", data, "--json").json
    assert (said["calendar"], said["made_up"], said["collectors"]) == ("weekdays", False, [])
    found = {(s["broker"], s["market"]): s for s in said["stores"]}
    assert set(found) == {("acme", "usa"), ("acme", "hkex"), ("zeta", "usa")}
    assert found["acme", "usa"]["newest"] == "2024-01-03T05:00:00Z"
    assert found["zeta", "usa"]["partial"] == 1


def test_the_sample_says_that_it_is_made_up(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = cli("status")
    assert "made-up sample" in ended.err
    assert "made-up" in ended.out


def test_another_calendar_is_refused(cli, data):
    ended = cli("status", "--data", data, "--calendar", "XNYS")
    assert ended.code == 2
    assert "weekdays or exchange" in ended.err
