"""Trade lists of one's own, what is refused by name, and the real exports of each host that is installed."""

from __future__ import annotations

import io
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import NullShortableProvider
from shortable.engine import Algorithm, Backtest, MarketData
from shortable.errors import InvalidInputError
from shortable.research import read_trades

QUANTCONNECT = (
    "Time,Symbol,Price,Quantity,Type,Status,Value,Tag\n"
    "2021-01-04T14:31:00Z,GME,17.25,-100,Market,Filled,-1725,\n"
    "2021-01-04T14:32:00Z,GME,0,-2000,Market,Invalid,0,Order exceeds maximum shortable quantity for Symbol GME (requested short: 2000)\n"
    "2021-01-05T14:31:00Z,GME R735QTJ8XC9X,17.50,40,Limit,Filled,700,\n"
    "2021-01-05T15:31:00Z,GME,17.00,60,Market,Filled,1020,\n"
)


def test_times_with_a_zone_become_the_exchange_s_own(tmp_path):
    path = tmp_path / "qc.csv"
    path.write_text(QUANTCONNECT, encoding="utf-8")
    assert str(read_trades(path).trades.times[0]) == "2021-01-04T09:31:00.000000"


def test_times_without_one_are_in_the_zone_that_is_said():
    table = pd.DataFrame(
        {"time": ["2021.01.04 09:31:00"], "symbol": ["GME"], "quantity": [-1], "price": [17.25]}
    )
    assert str(read_trades(table).trades.times[0]) == "2021-01-04T09:31:00.000000"
    athens = read_trades(table, time_zone="Europe/Athens").trades
    assert str(athens.times[0]) == "2021-01-04T02:31:00.000000"


def test_what_is_no_fill_is_skipped_with_its_line_and_reason(tmp_path):
    path = tmp_path / "qc.csv"
    path.write_text(
        QUANTCONNECT
        + "2021-01-06T14:31:00Z,,17,5,Market,Filled,85,\nnever,GME,17,5,Market,Filled,85,\n"
    )
    read = read_trades(path)
    assert read.skipped.to_numpy().tolist() == [
        [3, "its status is Invalid"],
        [6, "it names no symbol"],
        [7, "time 'never' cannot be read"],
    ]


def test_tickers_that_look_like_something_else_stay_tickers():
    text = "time,symbol,quantity,price\n2021-01-04,NA,-1,5\n2021-01-04,TRUE,-1,5\n2021-01-04,NAN,-1,5\n"
    table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    assert [str(s) for s in read_trades(table).trades.symbols] == ["NA", "TRUE", "NAN"]


@given(
    st.lists(
        st.tuples(st.integers(-500, 500).filter(bool), st.integers(1, 10**5)),
        min_size=1,
        max_size=8,
    )
)
def test_signed_and_sided_lists_say_the_same(fills):
    signed = pd.DataFrame(
        {
            "time": "2021-01-04",
            "symbol": "GME",
            "quantity": [q for q, _ in fills],
            "price": [p / 100 for _, p in fills],
        }
    )
    sided = signed.assign(
        side=["SELL" if q < 0 else "BUY" for q, _ in fills], quantity=[abs(q) for q, _ in fills]
    )
    assert (
        read_trades(signed).trades.quantities.tolist()
        == read_trades(sided).trades.quantities.tolist()
    )


def own(**columns):
    return pd.DataFrame(
        {"time": ["2021-01-04 10:00"], "symbol": ["GME"], "price": [17.0], **columns}
    )


@pytest.mark.parametrize(
    ("columns", "quantity", "price"),
    [
        ({"quantity": [-1500], "filled_quantity": [500]}, -500.0, 17.0),
        ({"side": ["sell"], "quantity": [1500], "filled_qty": [500], "avg_fill_price": [16.95]}, -500.0, 16.95),
        ({"side": ["sell"], "qty": [1500], "executed_qty": [500], "status": ["cancelled"]}, -500.0, 17.0),
        ({"side": ["卖出"], "数量": [1500], "已成数量": [500], "成交均价": [16.95], "状态": ["部分成交"]}, -500.0, 16.95),
        ({"side": ["sell"], "quantity": [1500], "status": ["filled"]}, -1500.0, 17.0),
    ],
)  # fmt: skip
def test_what_was_filled_beats_what_was_ordered(columns, quantity, price):
    trades = read_trades(own(**columns)).trades
    assert (trades.quantities.tolist(), trades.prices.tolist()) == ([quantity], [price])


@pytest.mark.parametrize(
    "status", ["cancelled", "REJECTED", "OrderStatus.EXPIRED", "open", "已撤", "Invalid"]
)
def test_orders_without_a_fill_are_skipped(status):
    table = pd.concat([own(quantity=[-5], status=["filled"]), own(quantity=[-9], status=[status])])
    read = read_trades(table)
    assert read.trades.quantities.tolist() == [-5.0]
    assert read.skipped["reason"].tolist() == [f"its status is {status}"]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"quantity": [-5], "status": ["partially_filled"]}, "say how much of it was filled"),
        ({"quantity": [-5], "status": ["zapped"]}, "zapped"),
        ({"quantity": [5], "exit_price": [16.0]}, "exit_price"),
        ({"side": ["buy"], "quantity": [-5]}, "sign of its quantity"),
        ({"side": ["sell short"], "offset": ["close"], "quantity": [5]}, "side and its effect"),
        ({"side": ["short"], "offset": ["close"], "quantity": [5]}, "be read in one way"),
        ({"side": ["sel"], "quantity": [5]}, "sel"),
        ({"side": ["buy"], "offset": ["ajar"], "quantity": [5]}, "ajar"),
        ({"side": ["1"], "quantity": [5]}, "-1 and 1, 0 and 1"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_or_cannot_be_read_is_an_error_that_names_it(columns, says):
    base = own(**{key: value for key, value in columns.items() if key == "quantity"})
    table = base.assign(**columns)
    more = (
        own(side=["buy"], quantity=[1]) if "side" in columns and "offset" not in columns else None
    )
    table = table if more is None or says == "-1 and 1, 0 and 1" else pd.concat([more, table])
    if "side" in columns and columns["side"] == ["sel"]:
        assert table["side"].tolist() == ["buy", "sel"]
    with pytest.raises(InvalidInputError, match=says):
        read_trades(table)


def test_an_exit_with_names_of_its_own_makes_a_round_trip():
    table = pd.DataFrame(
        {
            "date": ["2021-01-04"],
            "symbol": ["GME"],
            "quantity": [-100],
            "price": [17.0],
            "exit_date": ["2021-01-06"],
            "exit_price": [16.0],
        }
    )
    read = read_trades(table)
    assert read.exporter == "a list of round trips"
    assert read.trades.quantities.tolist() == [-100.0, 100.0]
    assert read.trades.prices.tolist() == [17.0, 16.0]


def test_date_and_time_of_day_in_two_columns():
    table = pd.DataFrame(
        {"Date": ["15/01/2021"], "Time": ["10:31"], "Symbol": ["GME"], "Qty": [-1], "Price": [17.0]}
    )
    assert str(read_trades(table).trades.times[0]) == "2021-01-15T10:31:00.000000"


@pytest.mark.parametrize(
    ("table", "options", "says"),
    [
        (
            {"time": ["2021-01-04"], "quantity": [1], "price": [1]},
            {},
            "have a column for the symbol",
        ),
        ({"symbol": ["A"], "quantity": [1], "price": [1]}, {}, "have a column for the time"),
        (
            {"time": ["2021-01-04"], "symbol": ["A"], "quantity": [0], "price": [1]},
            {},
            "quantity is missing, 0",
        ),
        (
            {"time": ["2021-01-04"], "symbol": ["A"], "quantity": [1], "price": [1]},
            {"columns": {"shares": "x"}},
            "name roles out of",
        ),
        (
            {"time": ["2021-01-04"], "symbol": ["A"], "quantity": [1], "price": [1]},
            {"columns": {"time": "x"}},
            "be a column of",
        ),
        (  # an unread column that says who sells: never dropped
            {
                "time": ["2021-01-04", "2021-01-05"],
                "symbol": "A",
                "what": ["short", "cover"],
                "quantity": 1,
                "price": 1,
            },
            {},
            "what",
        ),
        (
            {"symbol": ["A"], "size": [1]},
            {},
            "the time, the price",
        ),
        (
            {"time": ["2021-01-04", "2021-01-04 10:00Z"], "symbol": "A", "quantity": 1, "price": 1},
            {},
            "all have a time zone or none",
        ),
    ],
)
def test_misuse_is_named(table, options, says):
    with pytest.raises(InvalidInputError, match=says):
        read_trades(pd.DataFrame(table), **options)


def test_json_without_an_end(tmp_path):
    (tmp_path / "trades.json").write_text("[" * 100_000)
    with pytest.raises(InvalidInputError, match="nested too deeply"):
        read_trades(tmp_path / "trades.json")


def test_no_such_file():
    with pytest.raises(InvalidInputError, match="nothing is there"):
        read_trades("nowhere.csv")


# Real exports. Every host trades the same: sells 100 of GME at the second session's open or close, buys back later.

DAYS = pd.bdate_range("2024-01-02", periods=6)
BARS = pd.DataFrame(
    {"open": 10.0, "high": 11.0, "low": 9.0, "close": 10.0, "volume": 1e6}, index=DAYS
)


def check(exported, **options):
    trades = read_trades(exported, **options).trades
    assert trades.quantities.tolist() == [-100.0, 100.0]
    assert {str(s) for s in trades.symbols} == {"GME"}
    assert trades.prices.tolist() == [10.0, 10.0]
    assert DAYS[0] <= trades.times[0] < trades.times[1] <= DAYS[-1] + pd.Timedelta(days=1)


def through_csv(table, tmp_path, **options):
    path = tmp_path / "trades.csv"
    table.to_csv(path, **options)
    return path


def test_shortable_s_own_fills(tmp_path):
    class Script(Algorithm):
        def initialize(self):
            self.add_equity("GME")

        def on_data(self, slice):
            if self.time.date() in (DAYS[0].date(), DAYS[3].date()):
                self.market_order("GME", -100 if self.time.date() == DAYS[0].date() else 100)

    fills = Backtest(Script, MarketData.from_frames({"GME": BARS})).run().fills
    check(fills)
    check(through_csv(fills, tmp_path))


def test_backtrader_s_transactions(tmp_path):
    bt = pytest.importorskip("backtrader", reason="backtrader is not installed")

    class Script(bt.Strategy):
        def next(self):
            if len(self.data) in (1, 4):
                (self.sell if len(self.data) == 1 else self.buy)(size=100)

    cerebro = bt.Cerebro(stdstats=False)
    cerebro.adddata(bt.feeds.PandasData(dataname=BARS, openinterest=None), name="GME")
    cerebro.addstrategy(Script)
    cerebro.addanalyzer(bt.analyzers.Transactions, headers=True)
    done = cerebro.run()[0].analyzers.transactions.get_analysis()
    lines = [[day, *line] for day, many in done.items() if day != "date" for line in many]
    check(
        through_csv(pd.DataFrame(lines, columns=["date", *done["date"][0]]), tmp_path, index=False)
    )


def test_vectorbt_s_orders_and_trades(tmp_path):
    vbt = pytest.importorskip("vectorbt", reason="vectorbt is not installed", exc_type=ImportError)
    size = pd.DataFrame({"GME": [np.nan, -100, np.nan, 100, np.nan, np.nan]}, index=DAYS)
    made = vbt.Portfolio.from_orders(
        BARS[["close"]].set_axis(["GME"], axis=1), size, init_cash=1e6, freq="D"
    )
    check(through_csv(made.orders.records_readable, tmp_path, index=False))
    averages = through_csv(made.trades.records_readable, tmp_path, index=False)
    with pytest.raises(InvalidInputError, match=r"portfolio\.orders"):
        read_trades(averages)
    check(averages, as_listed=True)


def test_backtesting_s_trades(tmp_path):
    host = pytest.importorskip("backtesting", reason="backtesting is not installed")

    class Script(host.Strategy):
        def init(self):
            pass

        def next(self):
            if len(self.data) == 2:
                self.sell(size=100)
            if len(self.data) == 4:
                self.position.close()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trades = host.Backtest(BARS.rename(columns=str.capitalize), Script, cash=1e6).run()[
            "_trades"
        ]
    check(through_csv(trades, tmp_path), symbol="GME")


def test_bt_s_transactions(tmp_path):
    bt = pytest.importorskip("bt", reason="bt is not installed")
    from shortable.adapters.bt import limit_shorts, limiter

    class Script(bt.Algo):
        limit = limiter()

        def __call__(self, target):
            if target.now in (DAYS[1], DAYS[3]):
                self.limit.transact(target, "GME", -100 if target.now == DAYS[1] else 100)
            return True

    script = Script()
    test = bt.Backtest(
        bt.Strategy("s", limit_shorts([script, script.limit], NullShortableProvider())),
        BARS[["close"]].set_axis(["GME"], axis=1),
        progress_bar=False,
    )
    check(through_csv(bt.run(test).get_transactions(), tmp_path))


def test_nautilus_s_fills(tmp_path):
    pytest.importorskip("nautilus_trader", reason="nautilus_trader is not installed")
    from shortable.testing.hosts.nautilus import _Host
    from shortable.testing.workload import make_workload

    host, work = _Host(), make_workload("daily", sessions=20, symbols=2)
    engine = host.engine.BacktestEngine(
        host.config.BacktestEngineConfig(logging=host.config.LoggingConfig(bypass_logging=True))
    )
    venue = host.identifiers.Venue("XNYS")
    engine.add_venue(
        venue=venue,
        oms_type=host.enums.OmsType.NETTING,
        account_type=host.enums.AccountType.MARGIN,
        base_currency=host.usd,
        starting_balances=[host.objects.Money(1e9, host.usd)],
    )
    equity = host.equity("S000", venue)
    engine.add_instrument(equity)
    engine.add_data(host.data_of(work, [equity]))

    class Script(host.strategy.Strategy):
        def on_start(self):
            self.rows = iter(range(99))
            self.subscribe_bars(host.bar_type(equity))

        def on_bar(self, bar):
            row = next(self.rows)
            if row in (0, 3):
                side = host.enums.OrderSide.SELL if row == 0 else host.enums.OrderSide.BUY
                self.submit_order(
                    self.order_factory.market(equity.id, side, host.objects.Quantity.from_int(100))
                )

    engine.add_strategy(Script())
    engine.run()
    reports = engine.trader.generate_fills_report(), engine.trader.generate_order_fills_report()
    engine.dispose()
    for report in reports:
        trades = read_trades(through_csv(report, tmp_path)).trades
        assert trades.quantities.tolist() == [-100.0, 100.0]
        assert trades.prices.tolist() == pytest.approx([work.closes[0, 0], work.closes[3, 0]])
        assert str(trades.symbols[0]) == "S000"


def test_zipline_s_transactions(tmp_path):
    zipline = pytest.importorskip("zipline", reason="zipline is not installed")
    import os

    from zipline import api

    from shortable.adapters.zipline import bundle_of_frames
    from shortable.testing.workload import make_workload

    work = make_workload("daily", sessions=20, symbols=2)
    environ = {**os.environ, "ZIPLINE_ROOT": str(tmp_path)}
    bundle = bundle_of_frames(work.frames(), environ=environ)
    rows = iter(range(99))

    def handle_data(context, data):
        row = next(rows)
        if row in (0, 3):
            api.order(api.symbol("S000"), -100 if row == 0 else 100)

    results = zipline.run_algorithm(
        pd.Timestamp(work.sessions[0]),
        pd.Timestamp(work.sessions[-1]),
        lambda context: api.set_slippage(api.slippage.FixedSlippage(0.0)),
        1e6,
        handle_data=handle_data,
        bundle=bundle,
        environ=environ,
        default_extension=False,
        benchmark_returns=pd.Series(0.0, index=pd.DatetimeIndex(work.sessions, tz="UTC")),
    )
    lines = [line for day in results["transactions"] for line in day]
    trades = read_trades(through_csv(pd.DataFrame(lines), tmp_path)).trades
    assert trades.quantities.tolist() == [-100.0, 100.0]
    assert str(trades.symbols[0]) == "S000"


def test_a_list_that_only_buys_says_why():
    table = pd.DataFrame({"time": ["2021-01-04"], "symbol": "A", "quantity": 5, "price": 1.0})
    assert "all are purchases" in read_trades(table).assumptions["sides"]
    assert "sides" not in read_trades(table.assign(quantity=-5)).assumptions
    assert "sides" not in read_trades(table.assign(side="buy")).assumptions


def fills(text: str, **how: str) -> list[tuple[str, str, float, float]]:
    trades = read_trades(pd.read_csv(io.StringIO(text), dtype=str, sep=how.get("sep", ","))).trades
    return [
        (str(time)[:16], str(symbol), float(quantity), float(price))
        for time, symbol, quantity, price in zip(
            trades.times, trades.symbols, trades.quantities, trades.prices, strict=True
        )
    ]


@pytest.mark.parametrize("kind", ["activity_type", "report"])  # Alpaca's activities; a FIX log
def test_a_count_of_what_was_filled_so_far_is_not_what_one_row_filled(kind: str):
    text = (
        f"{kind},transaction_time,symbol,side,qty,cum_qty,price\n"
        "FILL,2024-01-02 10:00:00,GME,sell_short,200,200,16.95\n"
        "FILL,2024-01-02 10:00:01,GME,sell_short,300,500,16.90\n"
    )
    assert [row[2:] for row in fills(text)] == [(-200.0, 16.95), (-300.0, 16.90)]


def test_an_order_of_which_more_was_filled_beside_one_of_which_less_was_is_refused():
    text = (
        "time,symbol,side,qty,cum_qty,price\n"
        "2024-01-02 10:00,GME,sell,200,150,16.95\n2024-01-02 10:01,GME,sell,300,500,16.90\n"
    )
    with pytest.raises(InvalidInputError, match="never more than the order"):
        fills(text)


SOLD = ("2024-01-16T10:00", "GME", -1500.0, 16.95)
COVERED = ("2024-01-18T15:30", "GME", 1500.0, 15.20)


@pytest.mark.parametrize(
    ("sep", "text"),
    [
        (
            ";",
            "Datum;Uhrzeit;Wertpapier;Kauf/Verkauf;Stück;Kurs\n"
            "16.01.2024;10:00:00;GME;Leerverkauf;1.500;16,95\n18.01.2024;15:30:00;GME;Kauf;1.500;15,20\n",
        ),
        (
            ",",
            "約定日時,銘柄コード,取引,数量,約定単価\n"
            "2024/01/16 10:00,GME,信用新規売,1500,16.95\n2024/01/18 15:30,GME,信用返済買,1500,15.20\n",
        ),
        (
            ",",
            "成交時間,股票代號,買賣別,成交股數,成交價\n"
            '2024/01/16 10:00,GME,融券賣出,"1,500",16.95\n2024/01/18 15:30,GME,融券買進,"1,500",15.20\n',
        ),
        (
            ",",
            "체결일시,종목코드,매매구분,체결수량,체결단가\n"
            "2024-01-16 10:00,GME,공매도,1500,16.95\n2024-01-18 15:30,GME,매수,1500,15.20\n",
        ),
        (
            ";",
            "Data;Hora;Ativo;Operação;Quantidade;Preço\n"
            "16/01/2024;10:00:00;GME;Venda;1.500;16,95\n18/01/2024;15:30:00;GME;Compra;1.500;15,20\n",
        ),
        (
            ",",
            "Account,T/D,S/D,Currency,Type,Side,Symbol,Qty,Price,Exec Time,Comm\n"
            "1,01/16/2024,01/18/2024,USD,2,SS,GME,1500,16.95,10:00:00,0.00\n"
            "1,01/18/2024,01/22/2024,USD,2,BC,GME,1500,15.20,15:30:00,0.00\n",
        ),
        (
            ",",
            "TransactionDate,Time,TransactionType,SecurityType,Symbol,Quantity,Price\n"
            "01/16/24,10:00,Sold Short,EQ,GME,-1500,16.95\n01/18/24,15:30,Bought To Cover,EQ,GME,1500,15.2\n",
        ),
    ],
)
def test_lists_in_other_languages_and_of_other_brokers_say_the_same(sep: str, text: str):
    assert fills(text, sep=sep) == [SOLD, COVERED]
