"""Clients written from documents 001 and 002 alone: they know paths, parameters, fields and types, and nothing of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol
from urllib.parse import urlencode


class Fetch(Protocol):
    def __call__(self, path_and_query: str) -> tuple[int, str]:
        """Return HTTP status and body of a GET."""
        ...


class BrokerError(Exception):
    def __init__(self, code: int, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(f"{code}: {message}")


@dataclass(frozen=True)
class FutuPosition:
    """Document 002, "Response Parameters": names and types."""

    position_side: str
    code: str
    stock_name: str
    qty: Decimal
    can_sell_qty: Decimal
    currency: str
    nominal_price: Decimal
    cost_price: Decimal
    cost_price_valid: bool
    market_val: Decimal
    pl_ratio: Decimal
    pl_ratio_valid: bool
    pl_val: Decimal
    pl_val_valid: bool
    today_pl_val: Decimal
    today_trd_val: Decimal
    today_buy_qty: Decimal
    today_buy_val: Decimal
    today_sell_qty: Decimal
    today_sell_val: Decimal
    unrealized_pl: Decimal
    realized_pl: Decimal

    @classmethod
    def of(cls, row: dict[str, Any]) -> FutuPosition:
        values: dict[str, Any] = {}
        for name, kind in cls.__annotations__.items():
            value = row[name]
            if not isinstance(value, bool if kind == "bool" else str):
                raise TypeError(f"{name} is a {type(value).__name__}")
            values[name] = Decimal(value) if kind == "Decimal" else value
        if values["position_side"] not in ("NONE", "LONG", "SHORT"):
            raise ValueError(values["position_side"])
        return cls(**values)


class FutuClient:
    def __init__(self, fetch: Fetch, account: str) -> None:
        self._fetch, self._account = fetch, account

    def positions(self, **parameters: str) -> list[FutuPosition]:
        _, body = self._fetch(
            f"/api/v1.0/accounts/{self._account}/positions?{urlencode(parameters)}"
        )
        answer = json.loads(body)
        if answer["s"] == "error":
            raise BrokerError(answer["errcode"], answer["errmsg"])
        return [FutuPosition.of(row) for row in answer["d"]]


@dataclass(frozen=True)
class HabitTradePosition:
    """Document 001, "Response Fields": names, and the types that its sample has."""

    market: str
    product_code: str
    product_name: str
    qty: Decimal
    os_sell_qty: Decimal
    avail_qty: Decimal
    avail_sell_qty: Decimal
    uncleared_qty: Decimal
    base_currency: str
    avg_cost: Decimal
    avg_price: Decimal
    prev_price: Decimal
    prev_market_value: Decimal
    pending_deposit_qty: Decimal
    pending_withdrawal_qty: Decimal
    approved_deposit_qty: Decimal
    approved_withdrawal_qty: Decimal
    security_type: str
    portfolio_id: str

    @classmethod
    def of(cls, row: dict[str, Any]) -> HabitTradePosition:
        values: dict[str, Any] = {}
        for name, kind in cls.__annotations__.items():
            value = row[name]
            wanted = str if kind == "str" else (int, float, Decimal)
            if not isinstance(value, wanted) or isinstance(value, bool):
                raise TypeError(f"{name} is a {type(value).__name__}")
            values[name] = value if kind == "str" else Decimal(value)
        return cls(**values)


class HabitTradeClient:
    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    def page(self, **parameters: str) -> tuple[int, list[HabitTradePosition]]:
        status, body = self._fetch(f"/account/v1/positions?{urlencode(parameters)}")
        answer = json.loads(body, parse_float=Decimal)
        if answer["code"] != 0 or status != 200:
            raise BrokerError(answer["code"], answer["message"])
        data = answer["data"]
        return data["total_records"], [HabitTradePosition.of(row) for row in data["positions"]]

    def positions(self, page_size: int = 20, **parameters: str) -> Iterator[HabitTradePosition]:
        page, seen, total = 1, 0, 1
        while seen < total:
            total, rows = self.page(page=str(page), page_size=str(page_size), **parameters)
            if not rows:
                return
            yield from rows
            page, seen = page + 1, seen + len(rows)
