"""`shortable audit`: in words, as JSON, as files. The figures are worked out from the fixture `data`: 100 GME on 2024-01-02, none on the 3rd."""

from __future__ import annotations

from datetime import date
from html.parser import HTMLParser

import pandas as pd
import pytest

from shortable.store import append, make_snapshot

LIST = "time,symbol,quantity,price,fee\n2024-01-02,GME,-60,17.00,1\n2024-01-02,GME,-60,17.00,1\n2024-01-03,GME,-1,18.00,1\n2024-01-04,GME,60,16.00,1\n2024-01-04,GME,61,16.00,1\n"


@pytest.fixture
def trades(tmp_path):
    path = tmp_path / "trades.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


def audited(cli, trades, data, *more):
    ended = cli("audit", trades, "--broker", "acme", "--data", data, *more)
    assert ended.code == 0, ended.err
    return ended


def test_in_words(cli, trades, data):
    said = " ".join(audited(cli, trades, data).out.split())
    assert "Short sales: 1 borrowed, 2 not borrowable, 0 no data." in said
    # Listed: 60 x 17 + 60 x 17 + 18 - 121 x 16 - 5 = 117. Borrowable: 60 x (17 - 16) - 2 = 58.
    assert "P&L as listed +117.00 USD" in said
    assert "P&L borrowable +58.00 USD" in said
    # Short 60 over two nights: to the 3rd at 17.00, 35 %: 60 x 17 x 0.35 / 360 = 0.99; to the 4th no rate is known.
    assert "borrow costs 0.99 USD: GME 0.99" in said
    assert "P&L less fees +57.01 USD" in said


def test_clipped(cli, trades, data):
    document = audited(cli, trades, data, "--on-exceed", "clip", "--json").json
    assert (
        document["shorts_clipped"],
        document["shorts_refused"],
        document["shares_not_borrowable"],
    ) == (1, 1, 21.0)


def test_as_json(cli, trades, data):
    document = audited(cli, trades, data, "--json").json
    assert (document["trades"], document["shorts"], document["shorts_refused"]) == (5, 3, 2)
    assert document["pnl_after"] == pytest.approx(58.0)
    assert document["made_up"] is False
    assert "acme" in document["assumptions"]["availability"]


def test_as_files(cli, trades, data, tmp_path):
    out, html, chart = (tmp_path / f"audit.{ending}" for ending in ("parquet", "html", "png"))
    ran = audited(cli, trades, data, "--out", out, "--html", html, "--chart", chart)
    assert "written to" in ran.out
    assert pd.read_parquet(out)["verdict"].tolist() == [
        "borrowed",
        "not borrowable",
        "not borrowable",
        "no borrow",
        "not needed",
    ]
    assert chart.read_bytes().startswith(b"\x89PNG")
    page = html.read_text(encoding="utf-8")
    assert "Short sales: 1 borrowed, 2 not borrowable, 0 no data." in page
    assert "made up" not in page
    assert "<svg" in page
    assert "http" not in page.replace("http://www.w3.org", "").replace(
        "http://purl.org", ""
    ).replace("http://creativecommons.org", "").replace("https://matplotlib.org", "")
    HTMLParser().feed(page)
    assert sorted(p.name for p in tmp_path.iterdir() if p.name.startswith(".")) == []


def test_a_page_of_made_up_availability_says_so(cli, trades, tmp_path):
    ended = cli("audit", trades, "--broker", "axos", "--html", tmp_path / "audit.html")
    assert (ended.code, "made-up" in ended.err) == (0, True)
    assert "The availability of this audit is made up." in (tmp_path / "audit.html").read_text(
        encoding="utf-8"
    )


def test_prices_mark_the_nights(cli, trades, data, tmp_path):
    closes = pd.DataFrame(
        {
            "Date": pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-04"]),
            "Close": [34.0, 20.0, 16.0],
        }
    )
    closes.to_csv(tmp_path / "GME.csv", index=False)
    document = audited(cli, trades, data, "--prices", tmp_path / "GME.csv", "--json").json
    # 60 x 34 x 0.35 / 360
    assert document["borrow_fee"] == pytest.approx(1.98333, abs=1e-4)


def test_own_shorts_that_availability_already_lacks(cli, trades, data, tmp_path):
    """60 are short when the 100 of the 2nd are first asked about: 60 more may be sold, and then 40 are left (S16)."""
    held = tmp_path / "held.csv"
    held.write_text("symbol,quantity\nGME,-60\n", encoding="utf-8")
    more = ("--opening", held, "--json")
    assert audited(cli, trades, data, *more).json["shorts_borrowed"] == 0
    document = audited(cli, trades, data, *more, "--own-use", "excluded").json
    assert (document["shorts_borrowed"], document["shorts_refused"]) == (1, 2)
    assert document["assumptions"]["own shorts"].startswith("availability already lacks them")
    said = audited(cli, trades, data, "--opening", held, "--own-use", "excluded").out
    assert "own shorts" in said


def test_a_share_of_a_daily_limit(cli, trades, at, tmp_path):
    """Half of 200 may be sold short on the 2nd: 60, and not 60 more (S15)."""
    limit = {"symbol": ["GME"], "quantity": [200]}
    flow = make_snapshot(
        at("2024-01-02"), limit, complete=True, kind="daily_flow", session=date(2024, 1, 2)
    )
    append("twse", [flow], data_folder=tmp_path / "flow")
    arguments = ("audit", trades, "--broker", "twse", "--data", tmp_path / "flow", "--json")
    whole, half = cli(*arguments).json, cli(*arguments, "--share", "0.5").json
    assert (whole["shorts_borrowed"], half["shorts_borrowed"]) == (2, 1)
    assert half["assumptions"]["daily limit"] == "0.5 of it may be sold short in each session"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--own-use", "exclude"],
            "Error: --own-use='exclude' must be one of 'included', 'excluded'\n",
        ),
        (["--own-use", ""], "Error: --own-use='' must be one of 'included', 'excluded'\n"),
        (["--share", "0"], "Error: --share=0.0 must lie above 0 and at most at 1\n"),
        (["--share", "1.5"], "Error: --share=1.5 must lie above 0 and at most at 1\n"),
        (["--share", "-1"], "Error: --share=-1.0 must lie above 0 and at most at 1\n"),
        (["--share", "nan"], "Error: --share=nan must lie above 0 and at most at 1\n"),
    ],
)
@pytest.mark.parametrize(
    "command",
    [
        ("audit", "trades.csv", "--broker", "acme"),
        ("run", "short_availability"),
        ("sweep", "short_availability", "--grid", "size=1", "--out", "swept"),
    ],
    ids=lambda command: command[0],
)
def test_what_own_use_and_share_cannot_be(
    cli, data, tmp_path, monkeypatch, command, arguments, message
):
    monkeypatch.chdir(tmp_path)
    ended = cli(*command, "--data", data, *arguments)
    assert (ended.code, ended.out, ended.err) == (2, "", message)
    assert not (tmp_path / "swept").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--on-exceed", "drop"], "--on-exceed='drop'"),
        (["--look-up", "noon"], "--look-up"),
        (["--column", "time"], "ROLE=NAME"),
        (["--column", "time=when"], "be a column of trades.csv"),
        (["--html", "nowhere/at/all.html"], "--html"),
        (["--out", "audit.csv"], "--out"),
        (["--missing", "never"], "missing"),
        (["--max-age", "-1"], "--max-age"),
    ],
)
def test_misuse_is_exit_code_2_and_writes_nothing(cli, trades, data, tmp_path, arguments, says):
    before = sorted(tmp_path.rglob("*"))
    ended = cli("audit", trades, "--broker", "acme", "--data", data, *arguments)
    assert ended.code == 2
    assert says in ended.err
    assert sorted(tmp_path.rglob("*")) == before


def test_prices_without_a_traded_symbol(cli, trades, data, tmp_path):
    pd.DataFrame({"Date": ["2024-01-02"], "Close": [1.0]}).to_csv(tmp_path / "SPY.csv", index=False)
    ended = cli(
        "audit", trades, "--broker", "acme", "--data", data, "--prices", tmp_path / "SPY.csv"
    )
    assert (ended.code, "GME" in ended.err) == (2, True)
    assert "It has SPY; a file without a column of symbols" in " ".join(ended.err.split())


def test_lines_that_are_no_trades_are_said(cli, trades, data):
    trades.write_text(LIST + "2024-01-04,,5,1,0\n", encoding="utf-8")
    assert (
        "1 lines were skipped, the first line 7: it names no symbol"
        in audited(cli, trades, data).err
    )


def test_where_no_snapshot_answered_nothing_is_said_to_have_been_borrowable(cli, data, tmp_path):
    path = tmp_path / "trades.csv"
    path.write_text("time,symbol,quantity,price\n2019-01-02,GME,-5,10\n2019-01-03,GME,5,9\n")
    said = audited(cli, path, data, "--missing", "unrestricted").out
    assert "Short sales: 0 borrowed, 0 not borrowable, 1 no data. They were not limited." in said
    assert "could have been borrowed" not in said


def test_prices_on_another_basis_than_the_trades(cli, trades, data, tmp_path):
    """2 for 1 on the 4th: closes adjusted for it are half the trades' own until then."""
    days = pd.bdate_range("2023-12-18", "2024-01-04")
    prices = pd.DataFrame({"date": days, "close": [8.5] * (len(days) - 2) + [9.0, 8.0]})
    prices.to_csv(tmp_path / "GME.csv", index=False)
    splits = tmp_path / "splits.csv"
    splits.write_text("symbol,ex_date,new,old\nGME,2024-01-04,2,1\n", encoding="utf-8")
    more = ("--prices", tmp_path / "GME.csv", "--actions", splits, "--json")
    document = audited(cli, trades, data, *more, "--price-basis", "split_adjusted").json
    # 60 x 17.00 x 0.35 / 360 for the night of the 2nd, on the day's own price; of the 3rd no rate is known
    assert document["borrow_fee"] == pytest.approx(60 * 17 * 0.35 / 360)
    assert document["assumptions"]["prices"].endswith("adjusted for splits")
    refused = cli(
        "audit", trades, "--broker", "acme", "--data", data, *more, "--price-basis", "raw"
    )
    assert refused.code == 2
    assert "GME on 2024-01-04" in refused.err
    alone = cli("audit", trades, "--broker", "acme", "--data", data, "--price-basis", "raw")
    assert alone.code == 2
    assert "come with --prices" in alone.err


def test_a_jump_without_a_split_is_warned_of(cli, trades, data, tmp_path):
    days = pd.bdate_range("2023-12-18", "2024-01-04")
    prices = pd.DataFrame({"date": days, "close": [17.0] * (len(days) - 1) + [4.25]})
    prices.to_csv(tmp_path / "GME.csv", index=False)
    said = audited(cli, trades, data, "--prices", tmp_path / "GME.csv").err
    assert "looks like a split of 4 for 1" in " ".join(said.split())
