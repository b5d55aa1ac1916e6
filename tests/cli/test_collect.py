"""`shortable collect`: one pass, the list of sources, and what is refused."""

from __future__ import annotations

import pytest

pytest.importorskip("pyftpdlib", reason="pyftpdlib is not installed (extra test)")
pytest.importorskip("stamina", reason="stamina is not installed (extra collect)")

from shortable.store import writer_lock

from ..collect.servers import Published, free_port, ftp_server, ibkr_file


@pytest.fixture
def published(tmp_path):
    served = Published({"usa.txt": ibkr_file(0, {"GME": (7, 30.0), "SPY": (100, 0.25)})})
    with ftp_server(served, tmp_path / "ftp") as url:
        served.url = url
        yield served


def test_one_pass(cli, published, tmp_path):
    ended = cli("collect", "ibkr", "--once", "--data", tmp_path / "d", "--url", published.url)
    assert (ended.code, ended.err) == (0, "")
    assert "usa.txt  stored: 2 rows, newest of 2024-01-01 05:00:00 UTC" in ended.out
    again = cli("collect", "ibkr", "--once", "--data", tmp_path / "d", "--url", published.url)
    assert "usa.txt  unchanged: as at the last pass" in again.out


def test_json(cli, published, tmp_path):
    said = cli(
        "collect", "ibkr", "--once", "--data", tmp_path / "d", "--url", published.url, "--json"
    ).json
    assert said["source"] == "ibkr"
    assert [(f["file"], f["outcome"], f["rows"]) for f in said["files"]] == [
        ("usa.txt", "stored", 2)
    ]


def test_a_failed_pass_ends_with_two(cli, tmp_path):
    url = f"ftp://shortstock@127.0.0.1:{free_port()}/"
    ended = cli(
        "collect", "ibkr", "--once", "--data", tmp_path / "d", "--url", url, "--attempts", "1"
    )
    assert ended.code == 2
    assert ended.err.startswith("Error: usa.txt: failed: ftp://127.0.0.1/usa.txt:")


def test_a_second_copy_ends_with_two(cli, published, tmp_path):
    with writer_lock(tmp_path / "d/collect/ibkr", 0):
        ended = cli("collect", "ibkr", "--once", "--data", tmp_path / "d", "--url", published.url)
    assert ended.code == 2
    assert "another writer holds" in ended.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ibkr"], "For ibkr: --every 15m, or --once."),
        (["ibkr", "--once", "--every", "15m"], "be one of the three"),
        (["ibkr", "--every", "soon"], "every='soon' must be a span"),
        (["ibkr", "--at", "25:00"], "at='25:00' must be a time of day"),
        (["ibkr", "--at", "22:40", "--time-zone", "Mars"], "'Mars' must be an IANA time zone"),
        (["ibkr", "--once", "--symbol", "GME"], "be left out: this source has no file for each"),
        (["ibkr", "--once", "--since", "soon"], "--since='soon' must be a date"),
        (["ibkr", "--once", "--market", "taiwan"], "must be one of usa, australia"),
        (["ibkr", "--once", "--url", "gopher://host/"], "begin with ftp, http, https"),
        (["ibkr", "--once", "--url", "http://host/{day}"], "have fields out of file, market"),
        (["ibkr", "--once", "--broker", "../x"], "broker='../x' must be a name"),
        (["ibkr", "--once", "--attempts", "0"], "attempts=0 must be a number from 1 to 100"),
        (["ibkr", "--once", "--hosts", "nowhere.toml"], "be a TOML file"),
        (["iborrowdesk", "--once"], "symbol=None must be given"),
        (["iborrowdesk", "--once", "--symbol", "../x"], "symbol='../x' must be a ticker"),
        (["table", "--once"], "source='table' must be one of ibkr"),
    ],
)
def test_what_is_refused(cli, tmp_path, arguments, message):
    ended = cli("collect", *arguments, "--data", tmp_path / "d")
    assert ended.code == 2
    assert message in ended.err
    assert not list(tmp_path.rglob("*.parquet"))


def test_the_sources_are_listed_with_their_terms(cli):
    ended = cli("collect")
    assert "ftp://shortstock@ftp2.interactivebrokers.com/" in ended.out
    assert "Terms of use" in ended.out
    assert {"ibkr", "finra", "sfc"} <= {row["source"] for row in cli("collect", "--json").json}


def test_hosts_of_ones_own(cli, published, tmp_path, monkeypatch):
    hosts = tmp_path / "hosts.toml"
    hosts.write_text(f'[interactive_brokers]\nbase = "{published.url}"\ndelay = 0\n')
    ended = cli("collect", "ibkr", "--once", "--data", tmp_path / "d", "--hosts", hosts)
    assert "usa.txt  stored" in ended.out
    monkeypatch.setenv("SHORTABLE_HOSTS", str(hosts))
    ended = cli("collect", "ibkr", "--once", "--data", tmp_path / "d")
    assert "usa.txt  unchanged" in ended.out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[nobody]\nbase = 'ftp://x/'", "be one of asic, b3, finra"),
        ("[finra]\nbase = 'file:///etc/passwd'", "begin with ftp, http, https"),
        ("[finra]\ndelay = -1", "be a number of seconds, at least 0"),
        ("[finra]\nuser = 'x'", "have keys out of base, delay"),
        ("finra = 3", "be a table"),
        ("not toml", "be a TOML file"),
    ],
)
def test_hosts_that_are_none(cli, tmp_path, text, message):
    hosts = tmp_path / "hosts.toml"
    hosts.write_text(text)
    ended = cli("collect", "ibkr", "--once", "--data", tmp_path / "d", "--hosts", hosts)
    assert ended.code == 2
    assert message in ended.err
