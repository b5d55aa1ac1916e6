"""Security: one subscribed symbol, its models and its last bar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from shortable.engine.account import Account
from shortable.engine.feed import TradeBar
from shortable.engine.models import (
    BuyingPowerModel,
    FeeModel,
    InteractiveBrokersFeeModel,
    RegTBuyingPower,
)
from shortable.engine.portfolio import BySymbol
from shortable.engine.slippage import NullSlippage, SlippageModel
from shortable.engine.volume_limit import NullVolumeLimit, VolumeLimitModel
from shortable.errors import InvalidInputError
from shortable.market_data import Resolution
from shortable.provider import ProviderLike, ShortableProvider, as_provider
from shortable.providers import NullShortableProvider
from shortable.symbol import Symbol

__all__ = ["Security", "SecurityManager"]


class Security:
    """One subscribed symbol: returned by `Algorithm.add_equity`. You may set attributes of your own on it.

    Attributes
    ----------
    symbol : Symbol
    resolution : Resolution
        Length of its bars.
    holdings : SecurityHolding
        The position in it.
    column : int
        Its position among the subscribed securities.
    slippage_model : SlippageModel
    slips : bool
        Whether it is another than `NullSlippage`.
    volume_limit : VolumeLimitModel
    limits_volume : bool
        Whether it is another than `NullVolumeLimit`.
    fee_model : FeeModel
    buying_power_model : BuyingPowerModel
    lender : ShortableProvider
        Its provider, answering in the run's shares and by the ticker of the day (S11, S12).
    quantity_of, has_quantity : callable
        The lender's methods.
    quantities_ahead : memoryview or None
        Shares available at each row from `ahead_from` on, −1 for None, where the provider could be asked at once.
    has_quantity_ahead : memoryview or None
        Whether those answers rest on data.
    ahead_from : int
        Row of the first of them.
    times_asked : int
        How often its provider was asked one by one since the row `asked_since`.
    asked_since : int
    """

    __slots__ = (
        "__dict__",
        "_account",
        "_provider",
        "_provider_chosen",
        "_view",
        "_without_limits",
        "ahead_from",
        "asked_since",
        "buying_power_model",
        "column",
        "fee_model",
        "has_quantity",
        "has_quantity_ahead",
        "holdings",
        "initial_margin",
        "is_flow",
        "lender",
        "limits_volume",
        "quantities_ahead",
        "quantity_of",
        "resolution",
        "slippage_model",
        "slips",
        "symbol",
        "times_asked",
        "volume_limit",
    )

    def __init__(
        self,
        symbol: Symbol,
        resolution: Resolution,
        account: Account,
        *,
        view: Callable[[ShortableProvider], ShortableProvider] | None = None,
        without_limits: bool = False,
    ) -> None:
        self.symbol = symbol
        self.resolution = resolution
        self._account = account
        self._view, self._without_limits = view, without_limits
        self.holdings = account.add(symbol)
        self.column = self.holdings.column
        self.fee_model: FeeModel
        self.buying_power_model: BuyingPowerModel
        self.set_fee_model(InteractiveBrokersFeeModel())
        self.slippage_model: SlippageModel
        self.set_slippage_model(NullSlippage())
        self.volume_limit: VolumeLimitModel
        self.set_volume_limit(NullVolumeLimit())
        self.set_buying_power_model(RegTBuyingPower())
        self.quantity_of: Callable[[Symbol, datetime], int | None]
        self.has_quantity: Callable[[Symbol, datetime], bool]
        self.set_shortable_provider(NullShortableProvider())
        self._provider_chosen = False

    @property
    def shortable_provider(self) -> ShortableProvider:
        """The provider that says what can be borrowed of it, as it was set."""
        return self._provider

    def set_shortable_provider(self, shortable_provider: ProviderLike) -> None:
        """Set the provider that says what can be borrowed of it.

        Parameters
        ----------
        shortable_provider : object
            Anything that `shortable.as_provider` takes.

        Raises
        ------
        ProviderContractError
            It is not a provider.
        """
        provider = as_provider(shortable_provider)
        if self._without_limits:
            provider = as_provider(NullShortableProvider())
        self._provider: ShortableProvider = provider
        self.lender: ShortableProvider = provider if self._view is None else self._view(provider)
        self._provider_chosen = True
        self.is_flow = provider.availability_kind == "daily_flow"
        self._account.has_flows |= self.is_flow
        # Bound once: the order check asks 12,000 times in ten years of 50 symbols.
        self.quantity_of = self.lender.shortable_quantity
        self.has_quantity = self.lender.has_quantity
        self.quantities_ahead: memoryview | None = None
        self.has_quantity_ahead: memoryview | None = None
        self.times_asked = self.asked_since = self.ahead_from = 0
        if self._account.started:
            self._account.new_providers.append(self.column)  # its rates must be asked for anew

    def set_default_provider(self, shortable_provider: ProviderLike) -> None:
        """Set the provider unless you have set one; called by brokerage models."""
        if not self._provider_chosen:
            self.set_shortable_provider(shortable_provider)
            self._provider_chosen = False

    def set_fee_model(self, fee_model: FeeModel) -> None:
        """Set the commission model."""
        if not callable(getattr(fee_model, "get_order_fee", None)):
            raise InvalidInputError(
                "fee_model", fee_model, "have a method get_order_fee(order, price)"
            )
        self.fee_model = fee_model

    def set_slippage_model(self, slippage_model: SlippageModel) -> None:
        """Set by how much fills at the market are worse than the bar's price (S28); default: not at all."""
        if isinstance(slippage_model, type) or not isinstance(slippage_model, SlippageModel):
            raise InvalidInputError(
                "slippage_model", slippage_model, "have a method slippage(order, price, volume)"
            )
        self.slippage_model = slippage_model
        self.slips = type(slippage_model) is not NullSlippage

    def set_volume_limit(self, volume_limit: VolumeLimitModel) -> None:
        """Set how many shares may fill in a bar (S33); default: any number."""
        if isinstance(volume_limit, type) or not isinstance(volume_limit, VolumeLimitModel):
            raise InvalidInputError(
                "volume_limit", volume_limit, "have a method fillable(volume)", "VolumeLimit(0.1)."
            )
        self.volume_limit = volume_limit
        self.limits_volume = type(volume_limit) is not NullVolumeLimit

    def set_buying_power_model(self, buying_power_model: BuyingPowerModel) -> None:
        """Set how much of a position's value the account must cover by itself."""
        margin = getattr(buying_power_model, "initial_margin", None)
        if not (isinstance(margin, (int, float)) and 0 <= margin < float("inf")):
            raise InvalidInputError(
                "buying_power_model", buying_power_model, "have a number initial_margin, at least 0"
            )
        self.buying_power_model = buying_power_model
        self.initial_margin = float(margin)
        if self._account.started:
            self._account.initial_margins[self.column] = self.initial_margin
            self._account.stale = True

    def set_leverage(self, leverage: float) -> None:
        """Allow positions of `leverage` times the equity; 2 is Regulation T."""
        self.set_buying_power_model(RegTBuyingPower.of_leverage(leverage))

    @property
    def leverage(self) -> float:
        """How many times the equity a position may be worth."""
        return 1.0 / self.initial_margin if self.initial_margin else float("inf")

    @property
    def price(self) -> float:
        """Last known close, 0.0 before the first bar."""
        return self._account.prices[self.column]

    close = bid_price = ask_price = price

    @property
    def open_buys(self) -> int:
        """Unfilled shares of its resting buys, at least 0."""
        return self.holdings.open_buys

    @property
    def open_sells(self) -> int:
        """Unfilled shares of its resting sells, at least 0."""
        return self.holdings.open_sells

    def get_last_data(self) -> TradeBar | None:
        """Return its newest bar, or None before the first."""
        feed = self._account.feed
        return None if feed is None else feed.last_bar(self._account.row, self.column)

    @property
    def has_data(self) -> bool:
        """Whether it has had a bar."""
        return self.price > 0

    @property
    def invested(self) -> bool:
        """Whether shares are held or owed."""
        return self.holdings.quantity != 0

    def __repr__(self) -> str:
        return f"<Security {self.symbol} {self.resolution.value}>"


class SecurityManager(BySymbol[Security]):
    """The subscribed securities by symbol, in the order in which they were added."""

    __slots__ = ()
