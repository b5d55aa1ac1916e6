"""Japan Securities Finance: premiums, balances of both books, restrictions; made-up files in JSF's layout, and real scrapes."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings

from shortable import Market
from shortable.clock import from_instant
from shortable.errors import ImportRefusedError
from shortable.importers import SOURCES, import_source
from shortable.importers.sources.exchanges.jsf import parse_jsf
from shortable.store import SHORT_BALANCES, Figures
from tests.importers.fuzz import damaged, read_or_refused

JAPAN = Market.JAPAN
FEE_HEAD = (
    "貸借申込日,決済日,コード,銘柄名,取引所区分,決算事由,決算等,貸借値段（円）,貸株超過株数,最高料率（円）,"
    "当日品貸料率（円）,当日品貸日数,前日品貸料率（円）,備考,制限,応札倍率ランク"
)
# Applied on Thursday 2025-01-09; Monday the 13th is a holiday, so the loan is settled on Tuesday the 14th.
FEES = (
    "20250109,20250114,7203,某自動車,東証およびPTS,,,2850,12300,11.40,0.15,3,*****,,,A",
    "20250109,20250114,130A,某,東証およびPTS,,,800,*****,3.20,*****,*****,－,,,",
    "2025/01/09,2025/01/14,7203,某自動車,名証,,,2850,100,11.40,0.30,3,0.05,,,",
)
BALANCE_HEAD = (
    "申込日,決済日,銘柄コード,銘柄名,取引所区分名,上場区分,速報／確報,融資新規株数,融資返済株数,融資残高株数,"
    "貸株新規株数,貸株返済株数,貸株残高株数,差引残高株数"
)
RESTRICTED_HEAD = "直近発表,銘柄コード,銘柄名,実施措置,実施内容,通知日・実施日,後場停止"


def document(head: str, *lines: str, prose: int = 2) -> bytes:
    return "\r\n".join([*["日証金の品貸料率一覧表です。"] * prose, head, *lines, ""]).encode(
        "cp932"
    )


def balance(day: str, settled: str, state: str, numbers: str, code: str = "7203") -> str:
    return f"{day},{settled},{code},某,東証およびPTS,1,{state},{numbers},0"


def rows(parsed: Any) -> list[dict[str, Any]]:
    return [row for _, _, table in (*parsed.figures, *parsed.also) for row in table.to_pylist()]


def local(row: dict[str, Any]) -> datetime:
    return from_instant(int(row["known_at"].timestamp() * 1e6), JAPAN)


def test_a_premium_is_yen_a_share_for_all_its_days_and_five_stars_are_none() -> None:
    parsed = parse_jsf(document(FEE_HEAD, *FEES))
    toyota, small, nagoya = rows(parsed)
    assert (toyota["symbol"], toyota["date"], toyota["contract"]) == (
        "7203",
        date(2025, 1, 9),
        "stock_loan",
    )
    assert (toyota["fee_per_share"], toyota["fee_days"], toyota["fee_per_share_max"]) == (
        0.15,
        3,
        11.4,
    )
    assert (toyota["shares"], toyota["price"], toyota["fee_rate"]) == (12_300, 2850.0, None)
    assert (small["fee_per_share"], small["fee_days"], small["shares"]) == (0.0, None, 0)
    assert (nagoya["contract"], nagoya["fee_per_share"]) == ("stock_loan:名証", 0.3)
    # The last weekday before the settlement is the holiday: later than the truth (Friday), never earlier.
    assert {local(row) for row in rows(parsed)} == {datetime(2025, 1, 13, 10, 40)}
    assert (parsed.rows_read, parsed.rejects) == (3, [])


def test_the_premium_of_an_application_is_known_the_next_morning(tmp_path: Path) -> None:
    # Applied on Tuesday the 14th, settled on Thursday the 16th: published on Wednesday at 10:40.
    import_source(
        "jsf",
        document(FEE_HEAD, "20250114,20250116,7203,某,東証,,,2850,1,11.40,0.15,1,－,,,"),
        data_folder=tmp_path,
    )
    figures = Figures("lending", data_folder=tmp_path)
    before, after = datetime(2025, 1, 15, 10, 39), datetime(2025, 1, 15, 10, 40)
    assert [figures.value("fee_per_share", "7203.T", at) for at in (before, after)] == [None, 0.15]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (
            "20250109,20250114,72,某,東証,,,2850,1,1,0.15,3,－,,,",
            "code '72' is not a code of four or five characters",
        ),
        (
            "20250230,20250114,7203,某,東証,,,2850,1,1,0.15,3,－,,,",
            "applied '20250230' is not a date",
        ),
        (
            "20250109,20250109,7203,某,東証,,,2850,1,1,0.15,3,－,,,",
            "settled 2025-01-09 does not follow applied 2025-01-09",
        ),
        ("20250109,20250114,7203,某,東証,,,2850,1,1,x,3,－,,,", "premium 'x' is not yen a share"),
        (
            "20250109,20250114,7203,某,東証,,,2850,1,1,0.15,*****,－,,,",
            "days '*****' of a premium are not stated",
        ),
        ("20250109,20250114,7203", "the row does not have the header's 16 cells"),
        (FEES[0], "duplicate of line 4: 7203 at 2025-01-09 stock_loan"),
    ],
)
def test_a_row_that_cannot_be_used_is_rejected(line: str, reason: str) -> None:
    parsed = parse_jsf(document(FEE_HEAD, FEES[0], line))
    assert [
        (r.line, r.reason.removesuffix("; date None is out of range")) for r in parsed.rejects
    ] == [(5, reason)]
    assert (len(rows(parsed)), parsed.rows_read) == (1, 2)


def test_final_balances_revise_preliminary_ones(tmp_path: Path) -> None:
    early = document(
        BALANCE_HEAD, balance("20250109", "20250114", "速報", "300,100,5000,20,70,900")
    )
    late = document(BALANCE_HEAD, balance("20250109", "20250114", "確報", "300,100,5000,30,70,910"))
    import_source("jsf", early, data_folder=tmp_path)
    import_source("jsf", late, data_folder=tmp_path)
    stock = Figures("short_balances", where={"book": "stock_loan"}, data_folder=tmp_path)
    # Preliminary from the midnight after the day, final from the midnight before settlement.
    times = [
        datetime(2025, 1, 9, 23),
        datetime(2025, 1, 10),
        datetime(2025, 1, 13, 23),
        datetime(2025, 1, 14),
    ]
    np.testing.assert_array_equal(stock.values("balance", "7203.T", times), [np.nan, 900, 900, 910])
    assert [row["change"] for row in stock.rows("7203.T", times[-1])] == [30 - 70]
    money = Figures("short_balances", where={"book": "margin_loan"}, data_folder=tmp_path)
    assert [row["change"] for row in money.rows("7203.T", times[-1])] == [200]
    assert (
        money.rows("7203.T", times[-1])[0]["sold"],
        money.value("balance", "7203.T", times[-1]),
    ) == (300, 5000)


def test_balance_less_the_day_before_is_the_change_or_the_file_is_refused(tmp_path: Path) -> None:
    import_source("jsf", b"7203,2025/01/09,1000,0,0,0,500,0,0,0", data_folder=tmp_path)
    good = import_source("jsf", b"7203,2025/01/10,1200,200,0,0,450,-50,0,0", data_folder=tmp_path)
    (days,) = good.identities
    assert (days.checked, days.broken) == (2, ())
    with pytest.raises(
        ImportRefusedError, match="7203 stock_loan on 2025-01-13: 440 instead of 450"
    ):
        import_source("jsf", b"7203,2025/01/13,1200,0,0,0,440,0,0,0", data_folder=tmp_path)
    allowed = import_source(
        "jsf", b"7203,2025/01/13,1200,0,0,0,440,0,0,0", allow_breaks=True, data_folder=tmp_path
    )
    assert len(allowed.identities[0].broken) == 1
    # 100 - 70 = 30 = 930 - 900 in JSF's own file; 31 is none.
    book = [
        balance(d, s, "確報", f"0,0,0,{n}")
        for d, s, n in (("20250109", "20250114", "0,0,900"), ("20250110", "20250115", "100,70,931"))
    ]
    with pytest.raises(
        ImportRefusedError, match="7203 stock_loan on 2025-01-10: 901 instead of 900"
    ):
        import_source("jsf", document(BALANCE_HEAD, *book), data_folder=tmp_path / "other")


def test_a_scrape_keeps_two_books_and_leaves_the_broken_columns_out() -> None:
    parsed = parse_jsf(
        b"3350,2025/01/15,137300,16300,16,300,5,-2,0,0\n130A,2025/01/15,1,1,x,y,0,0,,"
    )
    found = {(r["symbol"], r["book"]): (r["balance"], r["change"], r["sold"]) for r in rows(parsed)}
    assert found == {
        ("3350", "margin_loan"): (137_300, 16_300, None),
        ("3350", "stock_loan"): (5, -2, None),
        ("130A", "margin_loan"): (1, 1, None),
        ("130A", "stock_loan"): (0, 0, None),
    }
    assert "the file is a scrape" in parsed.notes[0]
    # Wednesday's figures are final during Thursday.
    assert {local(row) for row in rows(parsed)} == {datetime(2025, 1, 17)}
    assert parsed.rows_read == 2


def test_restrictions(tmp_path: Path) -> None:
    lines = (
        "〇,7203,某,申込停止,新規の貸株申込みの停止,2025/01/09,",
        ",9984,某,注意喚起,,20250110,",
        ",9983,某,何か,,20250110,",
    )
    parsed = parse_jsf(document(RESTRICTED_HEAD, *lines))
    assert [(r["symbol"], r["rule"], r["date"], r["note"]) for r in rows(parsed)] == [
        ("7203", "jsf_stopped", date(2025, 1, 9), "新規の貸株申込みの停止"),
        ("9984", "jsf_caution", date(2025, 1, 10), None),
    ]
    assert [r.reason for r in parsed.rejects] == [
        "measure '何か' is not one of 注意喚起, 申込制限, 申込停止"
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a,b,c", "no line has the headings of JSF's fees, balances or restrictions"),
        (document(FEE_HEAD), r"no row can be used \(it holds none\)"),
        (document(FEE_HEAD.replace("備考", "コード"), FEES[0]), "a column's heading stands twice"),
        (b"7203,2025/01/09,x,0,0,0,500,0,0,0", "line 1: margin_loan 'x' is not a number of shares"),
        (b"\x00\x01", "not a text file"),
    ],
)
def test_what_is_no_file_of_jsf_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ImportRefusedError, match=message):
        parse_jsf(data)


FILES = {
    "fees": document(FEE_HEAD, *FEES),
    "balances": document(
        BALANCE_HEAD, balance("20250109", "20250114", "速報", "300,100,5000,20,70,900")
    ),
    "scrape": b"3350,2025/01/15,137300,16300,16,300,5,-2,0,0\n1311,2025/01/15,120,-1310,40,1,0,0,0,0\n",
}


@pytest.mark.parametrize("name", list(FILES))
def test_a_damaged_file_is_refused_or_every_row_is_accounted_for(name: str) -> None:
    @settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(damaged(FILES[name]))
    def check(data: bytes) -> None:
        text = data.decode("cp932", errors="replace").replace(",", "")

        def stated(row: dict[str, Any]) -> bool:
            """Whether the row's own digits stand in the file."""
            numbers = [row.get("balance"), row.get("shares"), row.get("fee_days")]
            return row["symbol"] in text and all(str(n) in text for n in numbers if n)

        read_or_refused(SOURCES["jsf"], data, stated)

    check()


@pytest.mark.slow
def test_a_scrape_with_its_balances_swapped_is_refused(real_data: Path) -> None:
    """Ten stocks with the second balance alone and nine with the first are swapped; ten and ten, or nine and none, are not."""

    def scrape(second_alone: int, first_alone: int) -> bytes:
        pairs = [(0, 5)] * second_alone + [(7, 0)] * first_alone + [(3, 3)]
        rows = [f"{1300 + n},2025/01/15,{a},0,0,0,{b},0,0,0" for n, (a, b) in enumerate(pairs)]
        return "\n".join(rows).encode()

    with pytest.raises(
        ImportRefusedError, match="10 stocks have the second one alone and 9 the first"
    ):
        parse_jsf(scrape(10, 9))
    for good in (scrape(10, 10), scrape(9, 0), scrape(0, 30)):
        assert parse_jsf(good).rejects == []
    real = (real_data / "japan" / "jsf_balances_202501.csv").read_text()
    turned = [",".join([*c[:2], *c[6:], *c[2:6]]) for c in csv.reader(real.splitlines())]
    # awk -F, '{a[$1]+=$3; b[$1]+=$7} END {for (c in a) {x += a[c] && !b[c]; y += b[c] && !a[c]}; print x, y}': 1344 2
    with pytest.raises(
        ImportRefusedError, match="1,344 stocks have the second one alone and 2 the"
    ):
        parse_jsf("\n".join(turned).encode())


@pytest.mark.slow
def test_the_real_scrape(real_data: Path, tmp_path: Path) -> None:
    """awk: 37176 rows; sums of columns 3, 4, 7, 8: 1652116500 1174442 535660351 2314429.

    awk -F, '{n++; a+=$3; ac+=$4; b+=$7; bc+=$8} END {printf "%d %.0f %.0f %.0f %.0f", n, a, ac, b, bc}'
    """
    report = import_source(
        "jsf", real_data / "japan" / "jsf_balances_202501.csv", data_folder=tmp_path
    )
    assert (report.rows_read, report.rows_stored, len(report.rejects)) == (37_176, 37_176, 0)
    (days,) = report.identities
    assert (days.broken, days.unproven) == ((), 0)
    table = SHORT_BALANCES.open(tmp_path, JAPAN, "jsf").table()
    sums = {}
    for book in ("margin_loan", "stock_loan"):
        mine = table.filter(pc.equal(table["book"], book))
        sums[book] = (pc.sum(mine["balance"]).as_py(), pc.sum(mine["change"]).as_py())
    assert sums == {
        "margin_loan": (1_652_116_500, 1_174_442),
        "stock_loan": (535_660_351, 2_314_429),
    }
    loan = table.filter(pc.equal(table["book"], "margin_loan"))
    # The oddest: 3237 repaid 6,733,200 shares on 2025-01-24; sort -t, -k4,4n.
    assert pc.min(loan["change"]).as_py() == -6_733_200
    figures = Figures("short_balances", where={"book": "margin_loan"}, data_folder=tmp_path)
    assert figures.value("balance", "3237.T", datetime(2025, 1, 28)) == 2_090_300


def test_a_dash_among_balances_is_none() -> None:
    lent = document(BALANCE_HEAD, balance("20250109", "20250114", "速報", "－,－,5000,20,70,900"))
    parsed = parse_jsf(lent)
    assert parsed.rejects == []
    ((_, _, margin),) = parsed.figures
    assert [(row["balance"], row["sold"], row["change"]) for row in margin.to_pylist()] == [
        (900, 20, -50)
    ]
    ((_, _, money),) = parsed.also
    assert [(row["balance"], row["sold"], row["change"]) for row in money.to_pylist()] == [
        (5000, 0, 0)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "1301,2025/01/15,20500,+500,1000,500,300,-100,0,100\n",
        '1301,2025-01-15,"20,500",500,"1,000",500,300,▲100,0,100\n',
        "1301\t20250115\t20500\t500\t1000\t500\t300\t−100\t0\t100\n",
        "code,date,balance,change,new,repaid,balance,change,new,repaid\n"
        "1301,2025/01/15,20500,500,1000,500,300,△100,0,100\n",
        "コード,日付,融資残高,増減,新規,返済,貸株残高,増減,新規,返済\n1301,2025/01/15,20500,500,0,0,300,-100,0,0\n",
    ],
)
def test_another_scrape_of_the_same_figures(text: str) -> None:
    parsed = parse_jsf(text.encode())
    found = [
        (row["book"], row["balance"], row["change"])
        for _, _, table in (*parsed.figures, *parsed.also)
        for row in table.to_pylist()
    ]
    assert sorted(found) == [("margin_loan", 20500, 500), ("stock_loan", 300, -100)]


def test_a_scrape_in_which_nothing_is_lent_has_dashes() -> None:
    parsed = parse_jsf("1301,2025/01/15,20500,500,1000,500,－,－,－,－\n".encode())
    ((_, _, stock),) = parsed.also
    assert [(row["balance"], row["change"]) for row in stock.to_pylist()] == [(0, 0)]


def test_headings_that_say_the_other_way_round_are_refused() -> None:
    text = "コード,日付,貸株残高,増減,新規,返済,融資残高,増減,新規,返済\n1301,2025/01/15,300,0,0,0,20500,0,0,0\n"
    with pytest.raises(ImportRefusedError, match="the other way round"):
        parse_jsf(text.encode())
