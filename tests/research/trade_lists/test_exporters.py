"""One and the same trades as each exporter writes them: 100 GME sold short at 17.25, 40 bought back at 17.50 and 60 at 17.00."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shortable.errors import InvalidInputError
from shortable.research import read_trades
from shortable.research.trade_lists.exporters import EXPORTERS

FILES: dict[str, tuple[str, str, dict[str, object]]] = {
    "zipline transactions": (
        "zipline.csv",
        ",amount,dt,price,order_id,sid,commission\n"
        "0,-100,2021-01-04 21:00:00+00:00,17.25,ab,Equity(0 [GME]),\n"
        "1,40,2021-01-05 21:00:00+00:00,17.5,cd,Equity(0 [GME]),\n"
        "2,60,2021-01-05 21:00:00+00:00,17.0,ef,Equity(0 [GME]),\n",
        {},
    ),
    "backtrader transactions": (
        "backtrader.csv",
        "date,amount,price,sid,symbol,value\n2021-01-04 00:00:00+00:00,-100,17.25,0,GME,1725\n"
        "2021-01-05 00:00:00+00:00,40,17.5,0,GME,-700\n2021-01-05 00:00:00+00:00,60,17.0,0,GME,-1020\n",
        {},
    ),
    "pyfolio transactions": (
        "pyfolio.csv",
        ",amount,price,symbol\n2021-01-04 10:00:00+00:00,-100,17.25,GME\n"
        "2021-01-05 10:00:00+00:00,40,17.5,GME\n2021-01-05 10:00:00+00:00,60,17.0,GME\n",
        {},
    ),
    "vectorbt orders": (
        "vectorbt.csv",
        "Order Id,Column,Timestamp,Size,Price,Fees,Side\n0,GME,2021-01-04,100.0,17.25,0.5,Sell\n"
        "1,GME,2021-01-05,40.0,17.5,0.0,Buy\n2,GME,2021-01-05,60.0,17.0,0.0,Buy\n",
        {},
    ),
    "bt transactions": (
        "bt.csv",
        "Date,Security,price,quantity\n2021-01-04,GME,17.25,-100\n2021-01-05,GME,17.5,40\n2021-01-05,GME,17.0,60\n",
        {},
    ),
    "nautilus_trader fills": (
        "nautilus.csv",
        "client_order_id,account_id,commission,instrument_id,last_px,last_qty,liquidity_side,order_side,ts_event\n"
        "O-1,X-1,0.50 USD,GME.XNYS,17.25,100,TAKER,SELL,2021-01-04 14:31:00+00:00\n"
        "O-2,X-1,0.00 USD,GME.XNYS,17.50,40,TAKER,BUY,2021-01-05 14:31:00+00:00\n"
        "O-3,X-1,0.00 USD,GME.XNYS,17.00,60,TAKER,BUY,2021-01-05 15:31:00+00:00\n",
        {},
    ),
    "QuantConnect orders": (
        "orders.csv",
        "Time,Symbol,Price,Quantity,Type,Status,Value,Tag\n2021-01-04T14:31:00Z,GME,17.25,-100,Market,Filled,-1725,\n"
        "2021-01-04T14:32:00Z,GME,0,-2000,Market,Invalid,0,Order exceeds\n"
        "2021-01-05T14:31:00Z,GME R735QTJ8XC9X,17.50,40,Limit,Filled,700,\n2021-01-05T15:31:00Z,GME,17.00,60,Market,Filled,1020,\n",
        {},
    ),
    "MetaTrader 5 deals": (
        "deals.csv",
        "Time;Deal;Symbol;Type;Direction;Volume;Price;Order;Commission;Fee;Swap;Profit;Balance;Comment\n"
        "2021.01.04 00:00:00;1;;balance;;;;;0;0;0;100 000.00;100 000.00;\n"
        "2021.01.04 09:31:00;2;GME;sell;in;1;17.25;2;-0.50;0;0;0;99 999.50;\n"
        "2021.01.05 09:31:00;3;GME;buy;out;0.4;17.50;3;0;0;0;-10;99 989.50;\n"
        "2021.01.05 10:31:00;4;GME;buy;out;0.6;17.00;4;0;0;0;15;100 004.50;\n",
        {},
    ),
    "TradingView list of trades": (
        "tradingview.csv",
        "Trade #,Type,Date/Time,Signal,Price USD,Position size (qty),Position size (value),Net P&L USD,Net P&L %\n"
        "2,Exit short,2021-01-05 10:31,cover,17.00,60,1020,15,1.4\n2,Entry short,2021-01-04 09:31,short,17.25,60,1035,15,1.4\n"
        "1,Exit short,2021-01-05 09:31,cover,17.50,40,700,-10,-1.4\n1,Entry short,2021-01-04 09:31,short,17.25,40,690,-10,-1.4\n",
        {"symbol": "GME"},
    ),
    "NinjaTrader executions": (
        "ninja.csv",
        "Instrument,Action,Quantity,Price,Time,ID,E/X,Position,Order ID,Name,Commission,Rate,Account display name,Connection,\n"
        "GME,Sell,100,17.25,1/4/2021 9:31:00 AM,a,Entry,100 S,1,Sell,$0.50,1,Sim101,Sim,\n"
        "GME,Buy,40,17.5,1/15/2021 9:31:00 AM,b,Exit,60 S,2,Buy,$0.00,1,Sim101,Sim,\n"
        "GME,Buy,60,17,1/15/2021 10:31:00 AM,c,Exit,-,3,Buy,$0.00,1,Sim101,Sim,\n",
        {},
    ),
    "Interactive Brokers activity statement": (
        "statement.csv",
        "Statement,Header,Field Name,Field Value\nStatement,Data,Title,Activity Statement\n"
        "Trades,Header,DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price,C. Price,Proceeds,Comm/Fee,Basis,Realized P/L,MTM P/L,Code\n"
        'Trades,Data,Order,Stocks,USD,GME,"2021-01-04, 09:31:00",-100,17.25,17.2,1725,-0.5,-1725,0,0,O\n'
        'Trades,Data,Order,Stocks,USD,GME,"2021-01-05, 09:31:00",40,17.50,17.2,-700,0,690,-10,0,C;P\n'
        'Trades,Data,Order,Stocks,USD,GME,"2021-01-05, 10:31:00",60,17.00,17.2,-1020,0,1035,15,0,C\n'
        'Trades,SubTotal,,Stocks,USD,GME,,0,,,5,-0.5,0,5,0,\n'
        "Trades,Header,DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price,,Proceeds,Comm in USD,,,MTM in USD,Code\n"
        'Trades,Data,Order,Forex,USD,EUR.USD,"2021-01-04, 09:31:00","-10,000",1.1,,11000,-2,,,0,\n'
        "Dividends,Header,Currency,Date,Description,Amount\nDividends,Data,USD,2021-01-05,GME dividend,1\n",
        {},
    ),
    "Interactive Brokers Flex trades": (
        "flex.csv",
        "ClientAccountID,CurrencyPrimary,AssetClass,Symbol,DateTime,Quantity,TradePrice,IBCommission,Buy/Sell,Open/CloseIndicator,LevelOfDetail\n"
        "U1,USD,STK,GME,20210104;093100,-100,17.25,-0.5,SELL,O,EXECUTION\n"
        "U1,USD,STK,GME,20210104;093100,-100,17.25,-0.5,SELL,O,ORDER\n"
        "U1,USD,STK,GME,20210105;093100,40,17.50,0,BUY,C,EXECUTION\n"
        "U1,USD,STK,GME,20210105;103100,60,17.00,0,BUY,C,EXECUTION\n",
        {},
    ),
    "Schwab transactions": (
        "schwab.csv",
        '"Transactions  for account ...123 as of 01/31/2021"\n'
        '"Date","Action","Symbol","Description","Quantity","Price","Fees & Comm","Amount"\n'
        '"01/06/2021","Qualified Dividend","AAPL","APPLE INC","","","","$1.00"\n'
        '"01/05/2021","Buy to Cover","GME","GAMESTOP","40","$17.50","","-$700.00"\n'
        '"01/05/2021","Buy to Cover","GME","GAMESTOP","60","$17.00","","-$1,020.00"\n'
        '"01/05/2021 as of 01/04/2021","Sell Short","GME","GAMESTOP","100","$17.25","$0.50","$1,724.50"\n'
        '"Transactions Total","","","","","","","$5.00"\n',
        {},
    ),
    "Fidelity account history": (
        "fidelity.csv",
        "\n\nRun Date,Action,Symbol,Description,Type,Quantity,Price ($),Commission ($),Fees ($),Accrued Interest ($),Amount ($),Settlement Date\n"
        " 01/05/2021, YOU BOUGHT SHORT COVER GAMESTOP (GME) (Short), GME, GAMESTOP,Short,40,17.5,,,,-700,01/07/2021\n"
        " 01/05/2021, YOU BOUGHT SHORT COVER GAMESTOP (GME) (Short), GME, GAMESTOP,Short,60,17,,,,-1020,01/07/2021\n"
        " 01/04/2021, YOU SOLD SHORT SALE GAMESTOP (GME) (Short), GME, GAMESTOP,Short,-100,17.25,0.5,,,1724.5,01/06/2021\n"
        " 01/04/2021, YOU SOLD OPENING TRANSACTION PUT (AAPL), -AAPL210115P120, PUT,Margin,-1,1.2,,,,120,01/06/2021\n"
        '"The data and information in this spreadsheet is provided to you solely for your use."\n',
        {},
    ),
    "Robinhood activity": (
        "robinhood.csv",
        '"Activity Date","Process Date","Settle Date","Instrument","Description","Trans Code","Quantity","Price","Amount"\n'
        '"1/6/2021","1/6/2021","1/6/2021","","ACH Deposit","ACH","","","$500.00"\n'
        '"1/5/2021","1/5/2021","1/7/2021","GME","GameStop","Buy","40","$17.50","($700.00)"\n'
        '"1/5/2021","1/5/2021","1/7/2021","GME","GameStop","Buy","60","$17.00","($1,020.00)"\n'
        '"1/4/2021","1/4/2021","1/6/2021","GME","GameStop","Sell","100","$17.25","$1,725.00"\n'
        '"1/4/2021","1/4/2021","1/5/2021","AAPL","AAPL 1/15/2021 Call $130.00","STO","1","$1.20","$120.00"\n',
        {},
    ),
    "Alpaca activities": (
        "activities.csv",
        "activity_type,id,cum_qty,leaves_qty,price,qty,side,symbol,transaction_time,order_id,type\n"
        "FILL,1,60,40,17.25,60,sell_short,GME,2021-01-04T14:31:00Z,a,partial_fill\n"
        "FILL,2,100,0,17.25,40,sell_short,GME,2021-01-04T14:31:01Z,a,fill\n"
        "DIV,3,,,,,,GME,2021-01-04T21:00:00Z,,\n"
        "FILL,4,40,0,17.50,40,buy,GME,2021-01-05T14:31:00Z,b,fill\n"
        "FILL,5,60,0,17.00,60,buy,GME,2021-01-05T15:31:00Z,c,fill\n",
        {},
    ),
    "Alpaca orders": (
        "alpaca.csv",
        "id,symbol,asset_class,qty,filled_qty,filled_avg_price,type,side,status,filled_at\n"
        "a,GME,us_equity,100,100,17.25,market,sell,filled,2021-01-04T14:31:00Z\n"
        "b,GME,us_equity,70,40,17.50,limit,buy,canceled,2021-01-05T14:31:00Z\n"
        "c,GME,us_equity,60,60,17.00,market,buy,filled,2021-01-05T15:31:00Z\n"
        "d,GME,us_equity,60,0,,limit,buy,canceled,\n"
        "e,BTC/USD,crypto,1,1,30000,market,buy,filled,2021-01-05T15:31:00Z\n",
        {},
    ),
    "MetaTrader 5 positions": (
        "positions.csv",
        "Time,Position,Symbol,Type,Volume,Price,S / L,T / P,Time,Price,Commission,Swap,Profit\n"
        "2021.01.04 09:31:00,2,GME,sell,40,17.25,,,2021.01.05 09:31:00,17.50,-0.2,0,-10\n"
        "2021.01.04 09:31:00,3,GME,sell,60,17.25,,,2021.01.05 10:31:00,17.00,-0.3,0,15\n",
        {},
    ),
    "MetaTrader 4 history": (
        "history.csv",
        "Ticket,Open Time,Type,Size,Item,Price,S/L,T/P,Close Time,Price,Commission,Taxes,Swap,Profit\n"
        "1,2021.01.04 09:31,sell,40,gme,17.25,0,0,2021.01.05 09:31,17.50,-0.20,0,0,-10\n"
        "2,2021.01.04 09:31,sell,60,gme,17.25,0,0,2021.01.05 10:31,17.00,-0.30,0,0,15\n",
        {},
    ),
    "backtesting.py trades": (
        "backtesting.csv",
        ",Size,EntryBar,ExitBar,EntryPrice,ExitPrice,SL,TP,PnL,ReturnPct,EntryTime,ExitTime,Duration,Tag\n"
        "0,-40,1,2,17.25,17.5,,,-10,-0.01,2021-01-04,2021-01-05,1 days,\n1,-60,1,2,17.25,17.0,,,15,0.01,2021-01-04,2021-01-05,1 days,\n",
        {"symbol": "GME"},
    ),
    "QuantConnect trades": (
        "trades.csv",
        "Entry Time,Symbols,Exit Time,Direction,Entry Price,Exit Price,Quantity,P&L,Fees,Drawdown,IsWin\n"
        '2021-01-04T14:31:00Z,GME,2021-01-05T14:31:00Z,Sell,"$17.25","$17.50",40,-10,$0.00,0,0\n'
        "2021-01-04T14:31:00Z,GME,2021-01-05T15:31:00Z,Sell,17.25,17.00,60,15,0.00,0,1\n",
        {},
    ),
    "NinjaTrader trades": (
        "ninja_trades.csv",
        "Trade number;Instrument;Account;Strategy;Market pos.;Qty;Entry price;Exit price;Entry time;Exit time;Entry name;Exit name;Profit;Commission;\n"
        "1;GME;Sim;s;Short;40;17,25;17,50;04.01.2021 09:31:00;05.01.2021 09:31:00;Sell;Buy;-10;0;\n"
        "2;GME;Sim;s;Short;60;17,25;17,00;04.01.2021 09:31:00;05.01.2021 10:31:00;Sell;Buy;15;0;\n",
        {},
    ),
    "nautilus_trader orders": (
        "nautilus_orders.csv",
        "client_order_id,instrument_id,side,type,quantity,filled_qty,avg_px,status,ts_last\n"
        "O-1,GME.XNYS,SELL,MARKET,100,100,17.25,FILLED,2021-01-04 14:31:00+00:00\n"
        "O-2,GME.XNYS,BUY,LIMIT,100,40,17.50,CANCELED,2021-01-05 14:31:00+00:00\n"
        "O-3,GME.XNYS,BUY,MARKET,60,60,17.00,FILLED,2021-01-05 15:31:00+00:00\n",
        {},
    ),
    "shortable's fills": (
        "fills.csv",
        "order_id,time,symbol,quantity,price,commission\n1,2021-01-04 09:31,GME,-100,17.25,0.5\n"
        "2,2021-01-05 09:31,GME,40,17.5,0\n3,2021-01-05 10:31,GME,60,17.0,0\n",
        {},
    ),
    "shortable's orders": (
        "orders_of_ours.csv",
        "id,time,symbol,type,quantity,status,quantity_filled,fill_price,commission,last_time\n"
        "1,2021-01-04 09:30,GME,MARKET,-100,FILLED,-100,17.25,0.5,2021-01-04 09:31\n"
        "2,2021-01-05 09:30,GME,LIMIT,90,CANCELED,40,17.5,0,2021-01-05 09:31\n"
        "3,2021-01-05 09:30,GME,MARKET,60,FILLED,60,17.0,0,2021-01-05 10:31\n"
        "4,2021-01-05 09:30,GME,MARKET,-60,INVALID,0,0,0,2021-01-05 09:30\n",
        {},
    ),
}  # fmt: skip
AVERAGED = {one.name for one in EXPORTERS if one.layout == "averaged"}


def test_every_exporter_has_a_file_here():
    assert {one.name for one in EXPORTERS} == {*FILES, *AVERAGED}


@pytest.mark.parametrize("name", FILES)
def test_files_of_each_exporter(name, tmp_path):
    file, text, options = FILES[name]
    path = tmp_path / file
    path.write_text(text, encoding="utf-8")
    read = read_trades(path, **options)
    assert read.exporter == name
    trades = read.trades
    first = trades.times.astype("datetime64[D]") == np.datetime64("2021-01-04")
    assert trades.quantities[first].sum() == -100.0
    assert sorted(trades.quantities[~first]) == [40.0, 60.0]
    assert {str(s) for s in trades.symbols} == {"GME"}
    # Sold at 17.25, bought back at 17.50 and 17.00: 1725 - 700 - 1020.
    assert -(trades.quantities * trades.prices).sum() == pytest.approx(5.0)
    assert trades.commissions.sum() == pytest.approx(0.5 if "0.5" in text or "0.2" in text else 0.0)


@pytest.mark.parametrize(
    ("name", "aside"),
    [
        ("Interactive Brokers activity statement", {"currency": 1}),
        ("Fidelity account history", {"option": 1}),
        ("Robinhood activity", {"option": 1}),
        ("Alpaca orders", {"coin": 1}),
    ],
)
def test_what_brokers_list_beside_shares_is_set_aside(name, aside, tmp_path):
    file, text, options = FILES[name]
    (tmp_path / file).write_text(text, encoding="utf-8")
    assert read_trades(tmp_path / file, **options).set_aside_by_kind == aside


def test_flex_xml(tmp_path):
    rows = [
        ("20210104;093100", "-100", "17.25", "SELL", "O"),
        ("20210105;093100", "100", "17.50", "BUY", "C"),
    ]
    trades = "".join(
        f'<Trade accountId="U1" currency="USD" assetCategory="STK" symbol="GME" dateTime="{time}" quantity="{quantity}" '
        f'tradePrice="{price}" ibCommission="-1" buySell="{side}" openCloseIndicator="{effect}" levelOfDetail="EXECUTION"/>'
        for time, quantity, price, side, effect in rows
    )
    path = tmp_path / "flex.xml"
    path.write_text(
        f"<FlexQueryResponse><FlexStatements><FlexStatement><Trades>{trades}</Trades></FlexStatement></FlexStatements></FlexQueryResponse>"
    )
    read = read_trades(path)
    assert read.exporter == "Interactive Brokers Flex trades"
    assert read.trades.quantities.tolist() == [-100.0, 100.0]
    assert read.trades.commissions.tolist() == [1.0, 1.0]
    assert str(read.trades.times[0]) == "2021-01-04T09:31:00.000000"


def test_json_of_an_interface(tmp_path):
    orders = [
        {"symbol": "GME", "side": "sell", "qty": "100", "filled_qty": "60", "filled_avg_price": "17.25",
         "status": "canceled", "filled_at": "2021-01-04T14:31:00Z", "asset_class": "us_equity"},
        {"symbol": "GME", "side": "buy", "qty": "60", "filled_qty": "0", "filled_avg_price": None,
         "status": "new", "filled_at": None, "asset_class": "us_equity"},
    ]  # fmt: skip
    (tmp_path / "orders.json").write_text(json.dumps(orders))
    read = read_trades(tmp_path / "orders.json")
    assert (read.exporter, read.trades.quantities.tolist()) == ("Alpaca orders", [-60.0])


def test_a_column_that_the_exporter_never_writes_makes_it_a_list_of_one_s_own():
    """Without its side, the header would be bt's, and the sale a purchase."""
    table = pd.DataFrame(
        {
            "Date": ["2021-01-04"],
            "Security": ["GME"],
            "price": [17.0],
            "quantity": [5],
            "side": ["sell"],
        }
    )
    read = read_trades(table)
    assert (read.exporter, read.trades.quantities.tolist()) == ("a list of fills", [-5.0])


@pytest.mark.parametrize("header", ["Exit Trade Id", "Entry Trade Id", "Position Id"])
def test_averages_of_vectorbt_are_refused_unless_taken_as_listed(header, tmp_path):
    path = tmp_path / "trades.csv"
    path.write_text(
        f"{header},Column,Size,Entry Timestamp,Avg Entry Price,Entry Fees,Exit Timestamp,Avg Exit Price,Exit Fees,PnL,Return,Direction,Status\n"
        "0,GME,100.0,2021-01-04,17.0,1.0,2021-01-06,16.0,2.0,97,0.1,Short,Closed\n"
        "1,GME,50.0,2021-01-06,16.0,0.0,2021-01-29,15.0,0.0,50,0.1,Short,Open\n"
    )
    with pytest.raises(InvalidInputError, match="orders"):
        read_trades(path)
    trades = read_trades(path, as_listed=True).trades
    # The second is still open: its exit is the last price, and no fill.
    assert trades.quantities.tolist() == [-100.0, 100.0, -50.0]
    assert trades.commissions.tolist() == [1.0, 2.0, 0.0]


def test_a_trade_that_is_still_open_in_tradingview_has_no_exit(tmp_path):
    path = tmp_path / "trades.csv"
    path.write_text(
        "Trade #,Type,Signal,Date/Time,Price USD,Contracts,Profit USD\n"
        "1,Exit short,Open,2021-01-29 15:30,15.20,1500,2625\n1,Entry short,sh,2021-01-04 10:00,16.95,1500,2625\n"
    )
    read = read_trades(path, symbol="GME")
    assert read.trades.quantities.tolist() == [-1500.0]
    assert read.skipped["reason"].tolist() == ["its trade is still open"]


@pytest.mark.parametrize("name", ["currency", "CurrencyPrimary"])
def test_interactive_brokers_shares_of_another_market_are_not_read_as_us_shares(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / "trades.csv").write_text(
        f"Symbol,DateTime,Quantity,TradePrice,Buy/Sell,{name}\n"
        "GME,20240102;100000,-1500,16.95,SELL,USD\n700,20240102;100000,-100,300,SELL,HKD\n"
        "700.HK,20240102;100000,-100,300,SELL,USD\n",
        encoding="utf-8",
    )
    found = read_trades(tmp_path / "trades.csv")
    assert found.trades.symbols.tolist() == ["GME"]
    assert found.skipped["line"].tolist() == [3, 4]
    assert "it trades in HKD, but 700 would be read as a share of usa" in found.skipped["reason"][0]


def test_a_column_of_times_says_that_they_are_of_utc() -> None:
    table = pd.DataFrame(
        {"Time (UTC)": ["2024-01-02 15:00"], "symbol": ["GME"], "quantity": [-5], "price": [17.0]}
    )
    found = read_trades(table)
    assert str(found.trades.times[0])[:16] == "2024-01-02T10:00"  # in New York
    assert "UTC" in found.assumptions["time zone"]
    stated = read_trades(table, time_zone="Asia/Tokyo")
    assert str(stated.trades.times[0])[:16] == "2024-01-02T01:00"


TRADIER = {"amount": 85.0, "date": "2024-01-02T00:00:00Z", "type": "trade"}
TRADE = {
    "commission": 0.5,
    "price": 17.0,
    "quantity": -5.0,
    "symbol": "GME",
    "trade_type": "Equity",
}
ORDER = {
    "id": 1, "type": "market", "symbol": "GME", "side": "sell_short", "quantity": 5.0, "status": "filled",
    "avg_fill_price": 17.0, "exec_quantity": 5.0, "transaction_date": "2024-01-02T15:00:00.000Z", "class": "equity",
}  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    [
        {"history": {"event": [TRADIER | {"trade": TRADE}]}},
        {"history": {"event": TRADIER | {"trade": TRADE}}},
        {"orders": {"order": [ORDER, ORDER | {"status": "canceled", "exec_quantity": 0.0}]}},
        {"orders": {"order": ORDER}},
    ],
)
def test_tradier_s_answers(answer: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "answer.json").write_text(json.dumps(answer), encoding="utf-8")
    trades = read_trades(tmp_path / "answer.json").trades
    assert trades.symbols.tolist() == ["GME"]
    assert (trades.quantities.tolist(), trades.prices.tolist()) == ([-5.0], [17.0])


def test_a_spreadsheet_is_no_list(tmp_path: Path) -> None:
    (tmp_path / "trades.xlsx").write_bytes(b"PK\x03\x04" + bytes(40))
    with pytest.raises(InvalidInputError, match="save a spreadsheet's sheet"):
        read_trades(tmp_path / "trades.xlsx")


@pytest.mark.parametrize("name", ["quantity", "Qty", "Shares", "No. of shares", "size"])
def test_an_amount_beside_a_number_of_shares_is_money(name: str) -> None:
    # As pyfolio's transactions the list would have 85 shares bought.
    table = pd.DataFrame(
        {"date": ["2024-01-02"], "symbol": ["GME"], name: [-5.0], "price": [17.0], "amount": [85.0]}
    )
    assert read_trades(table).trades.quantities.tolist() == [-5.0]
    alone = table.drop(columns=[name]).assign(amount=-5)
    assert read_trades(alone).trades.quantities.tolist() == [-5.0]
    assert read_trades(alone).exporter == "pyfolio transactions"


def test_fees_beside_commissions_are_costs_too() -> None:
    table = pd.DataFrame(
        {
            "date": ["2024-01-02"],
            "symbol": ["GME"],
            "quantity": [-5],
            "price": [17.0],
            "Commission": [1.5],
            "Fees": [0.25],
        }
    )
    assert read_trades(table).trades.commissions.tolist() == [1.75]
    assert read_trades(table.drop(columns="Commission")).trades.commissions.tolist() == [0.25]


def test_a_dividend_that_states_its_shares_is_no_trade() -> None:
    table = pd.DataFrame(
        {
            "date": ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"],
            "type": ["Sell", "Dividend", "Stock Split", "Buy"],
            "symbol": ["GME"] * 4,
            "quantity": [1500, 1500, 13500, 1500],
            "price": [17.0, 0.1, 1.0, 16.0],
        }
    )
    found = read_trades(table)
    assert found.trades.quantities.tolist() == [-1500, 1500]
    assert found.skipped["line"].tolist() == [2, 3]


def test_trading_212() -> None:
    table = pd.DataFrame(
        {
            "Action": ["Market buy", "Limit sell"],
            "Time": ["2024-01-02 10:00:00", "2024-01-03 10:00:00"],
            "Ticker": ["GME", "GME"],
            "No. of shares": [100.5, 100.5],
            "Price / share": [16.95, 17.95],
            "Currency (Price / share)": ["USD", "USD"],
            "Total": [1340.0, 1420.0],
        }
    )
    trades = read_trades(table).trades
    assert (trades.quantities.tolist(), trades.prices.tolist()) == ([100.5, -100.5], [16.95, 17.95])


@pytest.mark.parametrize("name", ["Currency (Price / share)", "currency"])
@pytest.mark.parametrize("pence", ["GBX", "GBp"])
def test_prices_in_pence_become_pounds(name: str, pence: str) -> None:
    table = pd.DataFrame(
        {
            "time": ["2024-01-02 10:00", "2024-01-03 10:00"],
            "symbol": ["VOD.L", "BHP.L"],
            "quantity": [-5, -5],
            "price": [70.5, 25.0],
            name: [pence, "GBP"],
        }
    )
    found = read_trades(table)
    assert found.trades.prices.tolist() == [0.705, 25.0]
    assert "1 rows are in pence" in found.assumptions["prices"]
