"""nautilus_trader's own traps."""

from __future__ import annotations

from datetime import datetime

import pytest

from shortable import CustomShortableProvider
from shortable.adapters.nautilus import limit_shorts
from shortable.errors import InvalidInputError
from shortable.testing.workload import make_workload

pytest.importorskip(
    "nautilus_trader",
    reason="nautilus_trader is not installed: python -m pip install -e '.[nautilus]'",
)

WORK = make_workload("daily", sessions=20, symbols=2)


def run(script, provider, **options):
    """Run a script of ``script(strategy, bar number)`` over the workload's bars; return the strategy, its events and the report."""
    from shortable.testing.hosts.nautilus import _Host

    host = _Host()
    short = limit_shorts(provider, **options)
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
        modules=[short.module],
    )
    equity = host.equity("S000", venue)
    engine.add_instrument(equity)
    engine.add_data(host.data_of(WORK, [equity]))
    events = []

    class Script(host.strategy.Strategy):
        def on_start(self):
            self.rows, self.equity, self.host = iter(range(99)), equity, host
            self.subscribe_bars(host.bar_type(equity))

        def on_bar(self, bar):
            script(self, next(self.rows))

        def on_order_event(self, event):
            events.append(event)

        def sell(self, shares, **kwargs):
            quantity = host.objects.Quantity.from_int(shares)
            order = (
                self.order_factory.market(equity.id, host.enums.OrderSide.SELL, quantity)
                if not kwargs
                else self.order_factory.limit(
                    equity.id,
                    host.enums.OrderSide.SELL,
                    quantity,
                    host.objects.Price(kwargs["limit"], 2),
                )
            )
            self.submit_order(order)
            return order

    strategy = short.strategy(Script)()
    engine.add_strategy(strategy)
    engine.run()
    held = float(strategy.portfolio.net_position(equity.id))
    engine.dispose()
    return held, events, short.desk


def test_a_refused_order_is_denied_with_the_tag_and_the_strategy_hears_of_it():
    held, events, desk = run(
        lambda s, row: s.sell(501) if row == 0 else None, CustomShortableProvider({"S000": 500})
    )
    assert held == 0
    assert [type(e).__name__ for e in events] == ["OrderDenied"]
    assert (
        events[0].reason
        == desk.last_tag
        == "Order exceeds maximum shortable quantity for Symbol S000 (requested short: 501)"
    )


def test_a_short_is_not_charged_for_the_night_before_it_was_opened():
    """Sold with the first bar, at the close of 2014-01-02, a Thursday: the first night is that to Friday; 19 in all."""
    _, _, desk = run(
        lambda s, row: s.sell(100) if row == 0 else None,
        CustomShortableProvider({"S000": 500}, fee_rate={"S000": 0.36}),
    )
    fees = desk.report().borrow_costs
    assert len(fees) == 19
    assert fees["date"].iloc[0].date() == WORK.sessions[1]
    # 100 x the close of the 2nd x 0.36 x 1 / 360
    assert fees["cost"].iloc[0] == pytest.approx(100 * WORK.closes[0, 0] * 0.36 / 360)


def test_orders_in_flight_and_resting_ones_count():
    def script(s, row):
        if row == 0:
            s.sell(400), s.sell(200)
        if row == 1:
            s.sell(50, limit=9999.0), s.sell(51)

    held, _, desk = run(script, CustomShortableProvider({"S000": 500}))
    assert held == -400
    assert desk.report().refusals[["requested", "held", "open_sells"]].to_numpy().tolist() == [
        [-200, 0, 400],
        [-51, -400, 50],
    ]


def test_an_order_may_not_grow_beyond_what_is_available_and_may_shrink():
    def script(s, row):
        if row == 0:
            s.resting = s.sell(400, limit=9999.0)
        if row in (1, 2, 3):
            shares = {1: 501, 2: 500, 3: 100}[row]
            s.modify_order(s.resting, s.host.objects.Quantity.from_int(shares))
            s.seen = [*getattr(s, "seen", []), int(s.resting.quantity)]
        if row == 4:
            s.seen.append(int(s.resting.quantity))
            SEEN[:] = s.seen

    SEEN = []
    _, _, desk = run(script, CustomShortableProvider({"S000": 500}))
    # What each row sees before its own change has been carried out.
    assert SEEN == [400, 400, 500, 100]
    assert desk.report().refusals["requested"].tolist() == [-501]


def test_the_sells_of_a_bracket_wait_for_its_buy_and_count_once():
    def script(s, row):
        if row == 0:
            quantity, price = s.host.objects.Quantity.from_int(600), s.host.objects.Price
            last = float(WORK.closes[0, 0])
            s.submit_order_list(
                s.order_factory.bracket(
                    s.equity.id,
                    s.host.enums.OrderSide.BUY,
                    quantity,
                    sl_trigger_price=price(round(last * 0.1, 2), 2),
                    tp_price=price(round(last * 9, 2), 2),
                )
            )
        if row == 3:
            s.sell(501), s.sell(500)

    held, _, desk = run(script, CustomShortableProvider({"S000": 500}))
    assert held == 100
    assert desk.report().refusals[["requested", "held", "open_sells"]].to_numpy().tolist() == [
        [-501, 600, 600]
    ]


def test_a_bracket_whose_sale_is_refused_is_denied_whole():
    def script(s, row):
        if row == 0:
            price, last = s.host.objects.Price, float(WORK.closes[0, 0])
            s.submit_order_list(
                s.order_factory.bracket(
                    s.equity.id,
                    s.host.enums.OrderSide.SELL,
                    s.host.objects.Quantity.from_int(501),
                    sl_trigger_price=price(round(last * 9, 2), 2),
                    tp_price=price(round(last * 0.1, 2), 2),
                )
            )

    _, events, _ = run(script, CustomShortableProvider({"S000": 500}))
    assert [type(e).__name__ for e in events] == ["OrderDenied"] * 3


def test_a_time_of_the_strategy_s_own():
    asked = []
    run(
        lambda s, row: s.sell(1) if row == 0 else None,
        CustomShortableProvider(lambda s, now: asked.append(now) or 5),
        clock=lambda s: datetime(2014, 1, 1),
        look_up="close",
    )
    assert asked == [datetime(2014, 1, 1, 16)]


@pytest.mark.parametrize(
    ("options", "says"), [({"recheck": "daily"}, "recheck"), ({"on_exceed": "clip"}, "on_exceed")]
)
def test_what_the_host_cannot_do_is_said(options, says):
    with pytest.raises(InvalidInputError, match=says):
        limit_shorts(CustomShortableProvider({}), **options)
