"""`shortable compact`: what it says, and that a store that is not there is asked for in words."""

from __future__ import annotations

from shortable.store import Layout, append, make_snapshot, open_store

PARTS = Layout(single_file_rows=0, part_rows=100, fan=50)


def test_it_says_what_became_of_the_parts(cli, tmp_path):
    for n in range(5):
        made = make_snapshot(n * 10**9, {"symbol": ["F", "SPY"], "quantity": [n, n]}, complete=True)
        append("acme", [made], data_folder=tmp_path, layout=PARTS)
    ended = cli("compact", "--broker", "acme", "--data", tmp_path)
    assert (ended.code, ended.err) == (0, "")
    assert "5 before, 1 now" in ended.out
    assert open_store("acme", data_folder=tmp_path).n_parts == 1
    found = cli("compact", "--broker", "acme", "--data", tmp_path, "--json").json
    assert (found["rows"], found["parts_before"], found["parts_after"]) == (10, 1, 1)


def test_a_store_that_is_not_there(cli, tmp_path):
    ended = cli("compact", "--broker", "acme", "--data", tmp_path)
    assert ended.code == 2
    assert "no availability of broker 'acme'" in ended.err
