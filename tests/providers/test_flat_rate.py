"""A flat rate where a history has none: it is charged, and named as what it is."""

from __future__ import annotations

from datetime import datetime

from shortable import CustomShortableProvider
from shortable.providers.flat_rate import with_flat_rate

NOON = datetime(2024, 1, 2, 12)


def test_a_quote_says_that_its_fee_is_not_the_vendor_s() -> None:
    provider = with_flat_rate(
        CustomShortableProvider({"GME": 500, "SPY": 900}, fee_rate={"GME": 0.36}), 0.05
    )
    own, flat = provider.quote("GME", NOON), provider.quote("SPY", NOON)
    assert (own.fee_rate, own.note) == (0.36, "")
    assert (flat.fee_rate, flat.note) == (0.05, "the fee is a flat rate, not the vendor's")
