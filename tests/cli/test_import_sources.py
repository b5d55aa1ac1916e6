"""Every source of brokers' answers, balances, flows and rules by the command line: stored and listed, or refused with exit code 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shortable.cli.app import app

CASES = {
    "alpaca": (
        "assets.json",
        '[{"symbol": "QQA", "class": "us_equity", "shortable": true, "easy_to_borrow": true}]',
        ["--time", "2026-07-24T10:00-04:00", "--complete"],
        1,
    ),
    "schwab": (
        "quotes.json",
        '{"QQA": {"symbol": "QQA", "reference": {"isShortable": true, "isHardToBorrow": true, "htbQuantity": 5, "htbRate": 4.5}}}',
        ["--time", "2026-07-24T10:00-04:00", "--rates", "percent"],
        1,
    ),
    "tradier": (
        "etb.json",
        '{"securities": {"security": {"symbol": "QQA"}}}',
        ["--time", "2026-07-24 10:00"],
        1,
    ),
    "tiger": (
        "contracts.json",
        '[{"symbol": "QQA", "market": "US", "shortable": true, "shortableCount": 5, "shortFeeRate": 3.75}]',
        ["--time", "2026-07-24 10:00", "--time-zone", "UTC"],
        1,
    ),
    "finra-volume": (
        "CNMSshvol20240508.txt",
        "Date|Symbol|ShortVolume|ShortExemptVolume|TotalVolume|Market\n20240508|A|1|0|5|Q\n1\n",
        [],
        1,
    ),
    "sec-fails": (
        "cnsfails202405a.txt",
        "SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE\n20240502|1A|QQA|5|QQ|.\n",
        ["--time", "2024-06-03 12:00"],
        1,
    ),
    "hkex-turnover": (
        "ashtmain.htm",
        "TRADING DATE : 28 APR 2026\n   700  QQ HOLDINGS    1,118,900    533,560,040\n",
        [],
        1,
    ),
    "china-margin": ("szse.csv", "证券代码,融券余量\n000001,5\n", ["--date", "2024-01-10"], 1),
    "asic": (
        "RR20240110-001-SSDailyAggShortPos.csv",
        "Product,Product Code,Reported Short Positions,Total Product in Issue,%\nQQ,QQA,5,1000,0.5\n",
        [],
        1,
    ),
    "netshort": (
        "positions.csv",
        "Holder,ISIN,Net Short Position,Date\nX,GB0007980591,0.61,10/01/2024\n",
        ["--market", "uk", "--rates", "percent"],
        1,
    ),
    "krx": ("krx.csv", "일자,순보유잔고수량\n2024/01/10,5\n", ["--symbol", "005930"], 1),
    "regsho": (
        "nasdaqth20240508.txt",
        "Symbol|Security Name|Market Category|Reg SHO Threshold Flag|Rule 3210|Filler\nQQA|Q|Q|Y|N|\n20240508230503\n",
        [],
        1,
    ),
    "rule201": (
        "shorthalts.csv",
        "Symbol,Security Name,Market Category,Trigger Time\nQQA,Q,N,8/21/2026 9:30:00 AM\n",
        ["--complete"],
        1,
    ),
    "hkex-designated": ("ds.csv", "No.,Stock Code\n1,00700\n", ["--date", "2026-04-28"], 1),
    "china-eligible": ("list.csv", "证券代码\n000001\n", ["--date", "2024-01-10"], 1),
}


@pytest.mark.parametrize("source", CASES)
def test_a_file_is_stored_and_again_unchanged(source: str, tmp_path: Path) -> None:
    name, text, options, rows = CASES[source]
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    words = ["import", source, str(file), "--data", str(tmp_path / "d"), "--json", *options]
    first = CliRunner().invoke(app, words, prog_name="shortable")
    assert first.exit_code == 0, first.stderr
    report = json.loads(first.stdout)
    assert (report["rows_stored"], report["rejects"]) == (rows, [])
    again = json.loads(CliRunner().invoke(app, words, prog_name="shortable").stdout)
    assert (again["rows_stored"], again["rows_unchanged"]) == (0, rows)


@pytest.mark.parametrize("source", CASES)
def test_a_web_page_is_refused_with_exit_code_2(source: str, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("<html><body><h1>429 Too Many Requests</h1></body></html>")
    words = ["import", source, str(file), "--data", str(tmp_path / "d"), *CASES[source][2]]
    ended = CliRunner().invoke(app, words, prog_name="shortable")
    assert ended.exit_code == 2
    assert "page.html" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "d").exists()
