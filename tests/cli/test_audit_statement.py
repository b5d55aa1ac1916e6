"""`shortable audit statement.xml`: borrow fees recomputed, in words, as JSON and as a file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

ROW = (
    '<HardToBorrowDetail symbol="{}" currency="USD" valueDate="{}" quantity="-{}" price="{}" value="0" '
    'borrowFeeRate="{}" borrowFee="-{}"/>'
)


@pytest.fixture
def statement(tmp_path: Path) -> Path:
    rows = [
        ROW.format(
            "BYND", "20260508", 7000, 25, 16.11, "78.31"
        ),  # 7,000 x 25 x 0.1611 / 360 = 78.3125
        ROW.format("GME", "20260508", 100, 26, 36, "2.70"),  # 100 x 26 x 0.36 / 360 = 2.60
    ]
    path = tmp_path / "statement.xml"
    path.write_text(
        f"<FlexQueryResponse><HardToBorrowDetails>{''.join(rows)}</HardToBorrowDetails></FlexQueryResponse>"
    )
    return path


def test_in_words_as_json_and_as_a_file(cli, statement, tmp_path):
    ended = cli("audit", statement, "--out", tmp_path / "days.parquet")
    assert ended.code == 0, ended.err
    said = " ".join(ended.out.split())
    assert "2 charged days: 1 agree to the cent, 1 differ." in said
    assert "charged, USD 81.01" in said
    assert "by the rule 80.91" in said
    assert "give --prices" in said
    assert "GME 100 26 36.0000% 2.70 2.60 +0.10" in said
    assert pd.read_parquet(tmp_path / "days.parquet")["agrees"].tolist() == [True, False]
    document = cli("audit", statement, "--json").json
    assert (document["agree"], document["differ"]) == (1, 1)
    assert document["days"][1]["difference"] == pytest.approx(0.1)


def test_an_activity_statement(cli, tmp_path):
    path = tmp_path / "activity.csv"
    path.write_text(
        "Statement,Header,Field Name,Field Value\n"
        "Borrow Fee Details,Header,Currency,Value Date,Symbol,Quantity,Price,Value,Fee Rate (%),Borrow Fee,Code\n"
        # 7,000 x 25 x 0.1611 / 360 = 78.3125; 100 x 26 x 0.36 / 360 = 2.60
        'Borrow Fee Details,Data,USD,2026-05-08,BYND,"-7,000",25,"-175,000.00",16.11,-78.31,\n'
        'Borrow Fee Details,Data,USD,2026-05-08,GME,-100,26,"-2,600.00",36,-2.70,\n'
        "Borrow Fee Details,Data,Total,,,,,,,-81.01,\n"
    )
    document = cli("audit", path, "--json").json
    assert (document["agree"], document["differ"]) == (1, 1)
    assert document["currencies"]["USD"]["charged"] == 81.01
    path.write_text(
        "Statement,Header,Field Name,Field Value\nTrades,Header,DataDiscriminator,Symbol\n"
    )
    ended = cli("audit", path)
    assert ended.code == 2
    assert 'holds no section "Borrow Fee Details", in English' in ended.err


def test_a_trade_list_without_a_broker_is_refused(cli, tmp_path):
    path = tmp_path / "trades.csv"
    path.write_text("time,symbol,quantity,price\n2024-01-02,GME,-60,17.00\n")
    ended = cli("audit", path)
    assert ended.code == 2
    assert "--broker" in ended.err
