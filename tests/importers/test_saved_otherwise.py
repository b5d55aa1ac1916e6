"""The same figures as publishers and spreadsheets save them: other encodings, columns added, cells padded, tables for JSON."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pandas as pd
import pytest

from shortable.errors import ImportRefusedError
from shortable.importers import SOURCES
from shortable.importers.sources.exchanges.finmind import parse_finmind
from tests.importers.fuzz import rows_of
from tests.importers.sources.exchanges.taiwan_lists import csv_list, row, tpex_json, twse_json

DAY = date(2025, 1, 8)
STOCKS = (row("0050", 5_000, 100, 0, 0, 2_949_076), row("2330", 7_000, 0, 2_000, 0, 3_399_967))
FINRA = """symbolCode|currentShortPositionQuantity|averageDailyVolumeQuantity|daysToCoverQuantity|settlementDate|\
revisionFlag|stockSplitFlag|marketClassCode
GME|61782730|29385884|2.10|2021-01-15|R|S|NYSE
"""
B3 = """;;;;;;;;Taxa doador;;;Taxa tomador;;
Data;Código IF;Código ISIN;Empresa ou fundo;Mercado;Número de contratos;Quantidade de ativos;Valor em R$;Mínima;\
Média ponderada;Máxima;Mínima;Média ponderada;Máxima
30/06/2026;XPTO3;BRXPTOACNOR0;XPTO S.A.;Registro;2;1.318;19.299,42;2,92%;3,00%;3,10%;3,92%;4,00%;4,10%
"""
CHINA = "信用交易日期,标的证券代码,标的证券简称,融券余量,融券卖出量,融券偿还量\n20240110,600519,贵州茅台,27800,900,1200\n"
ELIGIBLE = "证券代码,证券简称,融券标的,trade_date\n000001,平安银行,Y,20240110\n"
KOREA = (
    "일자,종목코드,순보유잔고수량,상장주식수,비중(%)\n2024/01/10,005930,3045123,5969782550,0.05\n"
)
SFC = """Date,Stock Code,Stock Name,Aggregated Reportable Short Positions (Shares),Aggregated Reportable Short Positions (HK$)
02/12/2022,1,CKH HOLDINGS,11681802,513999288
"""
DESIGNATED = (
    "Designated Securities effective from 28/04/2026\nNo.,Stock Code,Stock Name\n1,00700,TENCENT\n"
)
FUTU = "code,is_short_permit,short_pool_remain,short_fee_rate\nUS.GME,True,1200.0,0.89\n"
POSITIONS = "Sr no,Security,Series,Outstanding Quantity at the end of the day\n1,ABB,XN,875\n"
SPLITS = '[{"symbol": "GME", "date": "2022-07-22", "ratioNew": 4, "ratioOld": 1}]'
ASKED = {"time": "2026-07-24 10:00"}
LOANS = [
    {"date": "2025-03-03", "stock_id": "0050", "transaction_type": "議借", "volume": 5, "fee_rate": 0.25, "close": 190.5,
     "original_return_date": "2025-09-03"},
    {"date": "2025-03-03", "stock_id": "2330", "transaction_type": "定價", "volume": 12, "fee_rate": 3.5, "close": 1100.0,
     "original_return_date": None},
]  # fmt: skip


def rows(source: str, data: bytes | pd.DataFrame, **options: Any) -> list[dict[str, Any]]:
    parsed = SOURCES[source].parse(data, **options)
    assert not parsed.rejects
    return rows_of(parsed)


@pytest.mark.parametrize(
    ("source", "text", "options"),
    [
        ("twse", csv_list(DAY, *STOCKS).decode("cp950"), {}),
        ("twse", twse_json(DAY, *STOCKS).decode(), {}),
        ("tpex", tpex_json(DAY, *STOCKS).decode(), {}),
        ("finmind", json.dumps(LOANS), {}),
        ("b3", B3, {}),
        ("nse", POSITIONS, {"day": "2026-09-18"}),
        ("finra", FINRA, {}),
        ("sfc", SFC, {}),
        ("hkex-designated", DESIGNATED, {}),
        ("china-margin", CHINA, {}),
        ("krx", KOREA, {}),
        ("futu", FUTU, ASKED),
        ("tradier", '{"securities": {"security": {"symbol": "SPY"}}}', ASKED),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_text_with_a_mark_of_its_encoding(
    source: str, text: str, options: dict[str, Any], encoding: str
) -> None:
    plain = rows(source, text.encode(), **options)
    assert plain
    assert rows(source, text.encode(encoding), **options) == plain


def test_a_split_list_with_a_mark_of_its_encoding() -> None:
    plain = SOURCES["actions"].parse(SPLITS.encode()).actions
    assert SOURCES["actions"].parse(SPLITS.encode("utf-8-sig")).actions.splits == plain.splits != ()


@pytest.mark.parametrize(
    ("source", "text", "encoding"),
    [
        ("china-margin", CHINA, "gbk"),
        ("china-eligible", ELIGIBLE, "gbk"),
        ("krx", KOREA, "cp949"),
        ("b3", B3, "cp1252"),
    ],
)
def test_the_encoding_of_the_country(source: str, text: str, encoding: str) -> None:
    assert rows(source, text.encode(encoding)) == rows(source, text.encode()) != []


def added(text: str, name: str, cell: str, *, delimiter: str) -> bytes:
    """The lines of a table with one column more; those above its header and below its rows as they are."""
    lines = text.splitlines()
    width = max(line.count(delimiter) for line in lines)
    long = [at for at, line in enumerate(lines) if line.count(delimiter) == width]
    for at in long:
        lines[at] += delimiter + (name if at == long[0] else cell)
    return "\n".join([*lines, ""]).encode()


@pytest.mark.parametrize(("name", "cell"), [("", ""), ("Novo", "7")])
def test_a_column_after_the_known_ones_of_a_file_that_is_read_by_position(
    name: str, cell: str
) -> None:
    more = added(B3.partition("\n")[2], name, cell, delimiter=";")
    assert rows("b3", B3.partition("\n")[0].encode() + b"\n" + more) == rows("b3", B3.encode())


def test_a_column_that_taiwans_exchanges_add() -> None:
    plain = json.loads(tpex_json(DAY, *STOCKS))
    more = json.loads(tpex_json(DAY, *STOCKS))
    (table,) = more["tables"]
    table["fields"].append("新欄位")
    table["data"] = [[*cells, 7] for cells in table["data"]]
    assert rows("tpex", json.dumps(more).encode()) == rows("tpex", json.dumps(plain).encode())
    table["fields"].insert(3, table["fields"].pop())  # in between it is another list
    with pytest.raises(ImportRefusedError, match="its columns are not those"):
        rows("tpex", json.dumps(more).encode())


def test_padded_cells_say_the_same() -> None:
    padded = "\n".join(" | ".join(line.split("|")) for line in FINRA.splitlines())
    (row,) = rows("finra", padded.encode())
    assert [row] == rows("finra", FINRA.encode())
    assert (row["revised"], row["split"], row["venue"]) == (True, True, "NYSE")


def test_positions_with_thousands_separators() -> None:
    written = SFC.replace("11681802,513999288", '"11,681,802","513,999,288"')
    assert rows("sfc", written.encode()) == rows("sfc", SFC.encode())


def test_what_futu_does_not_state() -> None:
    answer = FUTU + "US.AMC,True,N/A,N/A\nUS.BBXQ,False,N/A,N/A\n"
    found = {row["symbol"]: row for row in rows("futu", answer.encode(), **ASKED)}
    assert [found[name]["quantity"] for name in ("AMC", "BBXQ", "GME")] == [None, 0, 1200]
    assert found["AMC"]["quantity_is_floor"]  # available, number unknown
    assert found["AMC"]["fee_rate"] is None


def test_finminds_table_says_what_its_json_says(tmp_path: Any) -> None:
    expected = rows("finmind", json.dumps(LOANS).encode())
    assert [row["shares"] for row in expected] == [5_000, 12_000]
    frame = pd.DataFrame(LOANS)
    frame.to_parquet(tmp_path / "loans.parquet")
    for saved in (frame, frame.to_csv().encode(), (tmp_path / "loans.parquet").read_bytes()):
        assert rows("finmind", saved) == expected
    damaged = parse_finmind(frame.to_csv(index=False).encode() + b"a,b\n")
    assert [(reject.line, reject.text) for reject in damaged.rejects] == [(4, "a,b")]
