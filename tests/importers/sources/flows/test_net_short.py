"""Positions that must be disclosed: ASIC's, Korea's, and those of EU and UK holders, whose sum carries what still stands."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.errors import ImportRefusedError
from shortable.importers import SOURCES, import_source
from shortable.importers.needs import NeedsError
from shortable.importers.sources.flows.asic import parse_asic
from shortable.importers.sources.flows.krx import parse_krx
from shortable.importers.sources.flows.netshort import parse_netshort
from shortable.store import Figures
from shortable.symbol import Symbol
from tests.importers.fuzz import damaged, read_or_refused, rows_of

ASIC_HEAD = (
    "Product,Product Code,Reported Short Positions,Total Product in Issue,"
    "% of Total Product in Issue Reported as Short Positions\n"
)
ASIC_DAY = ASIC_HEAD + "QQA GROUP ORDINARY,QQA ,5000000,1000000000,0.50\nQQB LTD,QQB,12,5000,0.24\n"
ARCHIVE = (
    "Product,Product Code,10/01/2024,,11/01/2024,\n"
    ",,Reported Short Positions,% of Total,Reported Short Positions,% of Total\n"
    "QQA GROUP ORDINARY,QQA,5000000,0.50,6000000,0.60\n"
    "QQB LTD,QQB,-,-,12,0.24\n"
)


class TestAsic:
    def test_a_day(self, tmp_path: Path) -> None:
        file = tmp_path / "RR20240110-001-SSDailyAggShortPos.csv"
        file.write_text(ASIC_DAY)
        rows = rows_of(parse_asic(file))
        assert [
            (r["symbol"], r["date"], r["shares"], r["issued"], r["fraction"], r["holder"])
            for r in rows
        ] == [
            ("QQA", date(2024, 1, 10), 5_000_000, 1_000_000_000, 0.005, ""),
            ("QQB", date(2024, 1, 10), 12, 5_000, 0.0024, ""),
        ]
        # The fourth weekday after Wednesday the 10th is Tuesday the 16th; midnight after it, UTC+11: 13:00 UTC.
        assert {str(r["known_at"]) for r in rows} == {"2024-01-16 13:00:00+00:00"}

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
    def test_tabs_and_encodings(self, encoding: str) -> None:
        text = ASIC_DAY.replace(",", "\t").replace("QQB LTD", "CAF\u00c9 LTD")
        rows = rows_of(parse_asic(text.encode(encoding), date="2024-01-10"))
        assert [r["symbol"] for r in rows] == ["QQA", "QQB"]

    def test_an_archive(self) -> None:
        parsed = parse_asic(ARCHIVE.encode())
        assert [
            (r["symbol"], str(r["date"]), r["shares"], r["fraction"]) for r in rows_of(parsed)
        ] == [
            ("QQA", "2024-01-10", 5_000_000, 0.005),
            ("QQA", "2024-01-11", 6_000_000, 0.006),
            ("QQB", "2024-01-11", 12, 0.0024),
        ]
        assert dict(parsed.passed_over) == {"cells without a position": 1}
        assert parsed.rows_read == 4

    def test_what_is_left_open_or_wrong(self) -> None:
        with pytest.raises(NeedsError, match="give `date='YYYY-MM-DD'`"):
            parse_asic(ASIC_DAY.encode())
        with pytest.raises(ImportRefusedError, match="it lacks Reported Short Positions"):
            parse_asic(b"Product,Product Code,Price,%\nA,B,1,2\n", date="2024-01-10")
        odd = ARCHIVE.replace("5000000,0.50", "lots,0.50").replace(
            "QQB LTD,QQB,-,-,12,0.24", "QQB,1"
        )
        parsed = parse_asic(odd.encode())
        assert [r.reason for r in parsed.rejects] == [
            "Reported Short Positions 'lots' is not a number of shares",
            "the row does not have the 6 cells of the line of days",
        ]

    def test_point_in_time(self, tmp_path: Path) -> None:
        import_source("asic", ARCHIVE.encode(), data_folder=tmp_path)
        figures = Figures("net_short_positions", data_folder=tmp_path)
        assert figures.value("shares", "QQA.AX", datetime(2024, 1, 16, 23, 59)) is None
        assert figures.value("shares", "QQA.AX", datetime(2024, 1, 17)) == 5_000_000
        assert figures.value("shares", "QQA.AX", datetime(2024, 1, 18)) == 6_000_000

    @given(data=damaged(ARCHIVE.encode()))
    def test_damage(self, data: bytes) -> None:
        text = unicodedata.normalize("NFKC", data.decode("utf-8", "replace"))

        def known(row: dict[str, Any]) -> bool:
            return str(row["shares"]) in text.replace(",", "") and row[
                "symbol"
            ] in text.upper().replace(" ", ".").replace("-", ".").replace("/", ".")

        read_or_refused(SOURCES["asic"], data, known, date="2024-01-10")


KRX = (
    "일자,종목코드,종목명,순보유잔고수량,상장주식수,순보유잔고금액,시가총액,비중(%)\n"
    '2024/01/11,005930,가나,"3,045,123",5969782550,222902,437,0.05\n'
    "2024/01/11,00088K,다라,0,100,0,1,0.00\n"
)


class TestKrx:
    @pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
    def test_a_list(self, encoding: str) -> None:
        rows = rows_of(parse_krx(KRX.encode(encoding)))
        assert [
            (r["market"], r["symbol"], r["shares"], r["issued"], r["fraction"]) for r in rows
        ] == [
            ("korea", "005930", 3_045_123, 5_969_782_550, 0.0005),
            ("korea", "00088K", 0, 100, 0.0),
        ]
        # Two weekdays after Thursday the 11th is Monday the 15th; the midnight after it is 15:00 UTC of the 15th.
        assert {str(r["known_at"]) for r in rows} == {"2024-01-15 15:00:00+00:00"}

    def test_a_frame_of_pykrx(self) -> None:
        frame = pd.DataFrame(
            {"공매도잔고": [5, 7], "상장주식수": [100, 100], "비중": [5.0, 7.0]},
            index=pd.DatetimeIndex(["2024-01-11", "2024-01-12"], name="날짜"),
        )
        rows = rows_of(parse_krx(frame, symbol="005930"))
        assert [(r["symbol"], str(r["date"]), r["shares"], r["fraction"]) for r in rows] == [
            ("005930", "2024-01-11", 5, 0.05),
            ("005930", "2024-01-12", 7, 0.07),
        ]
        with pytest.raises(NeedsError, match="give `symbol='TICKER'`"):
            parse_krx(frame)

    @given(data=damaged(KRX.encode()))
    def test_damage(self, data: bytes) -> None:
        text = data.decode("utf-8", "replace")

        def known(row: dict[str, Any]) -> bool:
            digits = text.replace(",", "").translate({0xFF11: "1", 0xFF12: "2"})
            return str(row["shares"]) in digits and row["symbol"] in text.upper()

        read_or_refused(SOURCES["krx"], data, known, date="2024-01-11")


UK_HEAD = "Position Holder,Name of Share Issuer,ISIN,Net Short Position (%),Position Date\n"
A, B = (
    "GB0007980591",
    "GB00BH4HKS39",
)  # real shares of BP and Vodafone: the last digit is the check digit
UK = (
    UK_HEAD + f"ALPHA LLP,QQ PLC,{A},0.51,03/01/2024\n"
    f"BETA  LP,QQ PLC,{A},0.60,10/01/2024\n"
    f"ALPHA LLP,QQ PLC,{A},0.70,12/01/2024\n"
    f"BETA LP,QQ PLC,{A},0,17/01/2024\n"
    f"ALPHA LLP,RR PLC,{B},1.25,03/01/2024\n"
)


class TestNetShort:
    def test_rows(self) -> None:
        ((dataset, market, table),) = parse_netshort(UK.encode()).figures
        assert (dataset.name, market.value) == ("net_short_positions", "uk")
        assert table.select(["symbol", "date", "holder", "fraction"]).to_pylist()[1] == {
            "symbol": A,
            "date": date(2024, 1, 10),
            "holder": "BETA LP",
            "fraction": 0.006,
        }

    def test_the_sum_of_an_isin_carries_what_stands(self, tmp_path: Path) -> None:
        import_source("netshort", UK.encode(), data_folder=tmp_path)
        figures = Figures("net_short_positions", data_folder=tmp_path)
        share = Symbol.create(A, market="uk")

        def total(day: int) -> float | None:
            found: float | None = figures.value("fraction", share, datetime(2024, 1, day, 12))
            return None if found is None else round(found, 6)

        # Each counts from the midnight after the next weekday: the 3rd's from the 5th, the 10th's from the 12th, the
        # 12th's (a Friday) from the 16th, the 17th's from the 19th. By hand: 0.51; 0.51 + 0.60; 0.70 + 0.60; 0.70 + 0.
        assert [total(day) for day in (4, 5, 11, 12, 15, 16, 18, 19, 31)] == [
            None,
            0.0051,
            0.0051,
            0.0111,
            0.0111,
            0.013,
            0.013,
            0.007,
            0.007,
        ]
        alone = Figures("net_short_positions", data_folder=tmp_path, where={"holder": "ALPHA LLP"})
        assert alone.value("fraction", share, datetime(2024, 1, 31)) == 0.007
        assert [r["holder"] for r in figures.rows(share, datetime(2024, 1, 16, 12))] == [
            "ALPHA LLP",
            "BETA LP",
        ]
        assert len(figures.history(share)) >= 4

    @given(
        rows=st.lists(
            st.tuples(st.integers(0, 2), st.integers(8, 28), st.integers(0, 40)),
            min_size=1,
            max_size=12,
            unique_by=lambda row: row[:2],
        ),
        after=st.integers(1, 60),
    )
    def test_sums_against_a_slow_reading(
        self, rows: list[tuple[int, int, int]], after: int, tmp_path_factory: Any
    ) -> None:
        lines = "".join(
            f"H{h},QQ,{A},{n / 10 + 0.5 * (n > 0)},2024-01-{d:02d}\n" for h, d, n in rows
        )
        folder = tmp_path_factory.mktemp("net")
        import_source("netshort", (UK_HEAD + lines).encode(), data_folder=folder, rates="percent")
        now = datetime(2024, 1, 1) + pd.Timedelta(days=after).to_pytimedelta()
        expected, seen = 0.0, False
        for holder in {h for h, _, _ in rows}:
            known = [
                (d, n) for h, d, n in rows if h == holder and _published(date(2024, 1, d)) <= now
            ]
            if known:
                seen = True
                _, newest = max(known)
                expected += (newest / 10 + 0.5 * (newest > 0)) / 100
        found = Figures("net_short_positions", data_folder=folder).value(
            "fraction", Symbol.create(A, market="uk"), now
        )
        assert (found is None) is (not seen)
        assert found is None or found == pytest.approx(expected, abs=1e-12)

    @pytest.mark.parametrize(
        ("head", "line", "market", "fraction"),
        [
            (
                "Positionsinhaber;Emittent;ISIN;Position;Datum",
                f"X;Y;{A};0,61;2024-01-10",
                "germany",
                0.0061,
            ),
            (
                "Detenteur de la position courte nette;Emetteur / issuer;Ratio;code ISIN;Date de debut position",
                f"X;Y;0,61;{A};2024-01-10",
                "france",
                0.0061,
            ),
            (
                "Innehavare av positionen;Emittent;ISIN;Position i procent;Datum för positionen",
                f"X;Y;{A};0,61;2024-01-10",
                "sweden",
                0.0061,
            ),
        ],
    )
    def test_headers_of_regulators(
        self, head: str, line: str, market: str, fraction: float
    ) -> None:
        (row,) = rows_of(parse_netshort(f"{head}\n{line}\n".encode()))
        assert (row["market"], row["fraction"], row["date"]) == (
            market,
            fraction,
            date(2024, 1, 10),
        )

    def test_below_the_threshold_ends_a_position(self) -> None:
        head = "Innehavare av positionen;Emittent;ISIN;Position i procent;Datum för positionen\n"
        (_, row) = rows_of(
            parse_netshort(f'{head}X;Y;{A};0,61;2024-01-10\nX;Y;{A};"<0,5";2024-01-12\n'.encode())
        )
        assert (row["fraction"], row["note"]) == (0.0, "below the threshold of publication")

    def test_market_and_unit_are_asked_for(self) -> None:
        text = f"Holder,ISIN,Net Short Position,Date\nX,{A},0.61,10/01/2024\n".encode()
        with pytest.raises(NeedsError) as raised:
            parse_netshort(text)
        assert "give `market='uk'`" in str(raised.value)
        assert "has no unit: give `rates='percent'`, `rates='fraction'`" in str(raised.value)
        (row,) = rows_of(parse_netshort(text, market="spain", rates="percent"))
        assert (row["market"], row["fraction"]) == ("spain", 0.0061)

    def test_fractions_under_a_header_of_percent_are_asked_for(self) -> None:
        """Ireland's column of percent holds fractions: 0.0061 is 0.61 % of the capital, not 0.0061 %."""
        text = f"{UK_HEAD}X,QQ PLC,{A},0.0061,10/01/2024\nY,QQ PLC,{A},0.15,10/01/2024\n".encode()
        with pytest.raises(
            NeedsError, match=r"would be 0\.1500% of the capital, below what is published"
        ):
            parse_netshort(text)
        assert [r["fraction"] for r in rows_of(parse_netshort(text, rates="fraction"))] == [
            0.0061,
            0.15,
        ]

    def test_rows_that_cannot_be_used(self) -> None:
        bad = UK_HEAD + "".join(
            [
                f"X,Q,{A},0.51,03/01/2024\n",
                f",Q,{A},0.51,03/01/2024\n",
                f"X,Q,{A[:-1]}2,0.51,03/01/2024\n",
                f"X,Q,{A},150,03/01/2024\n",
                f"X,Q,{A},,03/01/2024\n",
                f"X,Q,{A},0.6,31/02/2024\n",
                f"X,Q,{A},0.9,03/01/2024\n",
            ]
        )
        assert [(r.line, r.reason) for r in parse_netshort(bad.encode()).rejects] == [
            (3, "Position Holder is empty"),
            (4, f"ISIN '{A[:-1]}2' is none: its check digit is wrong"),
            (5, "Net Short Position (%) '150' is not between 0 and 100%"),
            (6, "Net Short Position (%) is empty"),
            (7, "Position Date '31/02/2024' is not a date"),
            (8, f"duplicate of line 2: {A} at 2024-01-03 X"),
        ]

    @pytest.mark.parametrize("day", ["0001-01-01", "1600-02-03", "9999-12-31"])
    def test_dates_outside_any_register(self, day: str) -> None:
        text = f"{UK_HEAD}X,Q,{A},0.51,03/01/2024\nX,Q,{A},0.51,{day}\n"
        (reject,) = parse_netshort(text.encode()).rejects
        assert reject.reason == f"Position Date '{day}' is not a date"

    @given(data=damaged(UK.encode()))
    def test_damage(self, data: bytes) -> None:
        text = data.decode("utf-8", "replace")

        def known(row: dict[str, Any]) -> bool:
            return (
                row["symbol"] in text.upper()
                and 0 <= row["fraction"] <= 1
                and " ".join(row["holder"].split()[:1]) in text
            )

        read_or_refused(SOURCES["netshort"], data, known, market="uk", rates="percent")


def _published(day: date) -> datetime:
    """Return the midnight after the next weekday: no holiday of Europe is from 8 to 31 January."""
    at = pd.Timestamp(day) + pd.offsets.BusinessDay(1) + pd.Timedelta(days=1)
    return at.to_pydatetime()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("text", "market", "fractions"),
    [
        (
            'Detentore,Emittente,ISIN,Posizione netta corta (%),Data della posizione\nA,ENI,IT0003132476,"0,62",02/01/2024\n',
            "italy",
            [0.0062],
        ),
        (
            "ISIN,Emisor,Titular,Posición corta (%),Fecha\nES0113900J37,SAN,A,0.62,02/01/2024\n",
            "spain",
            [0.0062],
        ),
        (
            "Position holder,Name of the issuer,ISIN,Position in per cent,Date of position\n"
            'A,LME,SE0000108656,"<0,5",2024-01-02\nB,LME,SE0000108656,"0,62",2024-01-02\n',
            "sweden",
            [0.0, 0.0062],
        ),
        (
            "Positie houder;Naam van de emittent;ISIN;Netto Shortpositie;Positiedatum\n"
            "A;ASML;NL0010273215;0,62 %;2024-01-02 00:00:00\n",
            "netherlands",
            [0.0062],
        ),
    ],
)
def test_headers_of_other_regulators(text: str, market: str, fractions: list[float]) -> None:
    ((_, home, table),) = parse_netshort(text.encode(), market=market).figures
    assert (home.value, table["fraction"].to_pylist()) == (market, fractions)
    assert set(table["date"].to_pylist()) == {date(2024, 1, 2)}
