"""`render` a book in a broker's schema; `parse` and `read` a broker's answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from shortable.arguments import check_kind
from shortable.errors import InvalidInputError
from shortable.positions import futu, habittrade, longbridge
from shortable.positions.book import PositionsBook
from shortable.positions.documents import document_of
from shortable.results import OpeningBook
from shortable.rule import check_choice

__all__ = ["FILTERS", "parse", "read", "render"]

_RENDER: dict[str, Callable[..., dict[str, object]]] = {
    "futu": futu.render,
    "habittrade": habittrade.render,
    "longbridge": longbridge.render,
}
_PARSE: dict[str, Callable[[Mapping[str, object]], PositionsBook]] = {
    "futu": futu.parse,
    "habittrade": habittrade.parse,
    "longbridge": longbridge.parse,
}
FILTERS: dict[str, tuple[str, ...]] = {
    "futu": futu.FILTERS,
    "habittrade": habittrade.FILTERS,
    "longbridge": longbridge.FILTERS,
}
"""By schema: the names of its request's parameters, as `render` takes them, in the text that a query holds."""


def render(
    book: PositionsBook, schema: str = "futu", **filters: str | float | bool | Sequence[str] | None
) -> dict[str, object]:
    """Return a book as a broker's whole answer.

    Parameters
    ----------
    book : PositionsBook
    schema : {"futu", "habittrade", "longbridge"}
    **filters
        The request's parameters, as text or number; see `FILTERS` and each schema's own `render`.

    Returns
    -------
    dict
        Ready for JSON.

    Raises
    ------
    PositionsError
        A parameter that the broker would refuse: HTTP status and the broker's own error body.
    InvalidInputError
        There is no such schema.

    Examples
    --------
    >>> from shortable import Symbol
    >>> from shortable.positions import PositionLine, PositionsBook
    >>> line = PositionLine(Symbol("AAPL"), -100, average_price=180.0, price=185.5, opening_quantity=-100)
    >>> row = render(PositionsBook((line,)), "futu", code="US.AAPL")["d"][0]
    >>> row["position_side"], row["qty"], row["pl_val"], row["pl_ratio"]
    ('SHORT', '100', '-550.00', '-3.06')
    """
    check_kind("book", book, PositionsBook, "be a PositionsBook")
    return _RENDER[_known(schema)](book, **filters)


def parse(document: Mapping[str, object] | str | bytes, *, schema: str) -> PositionsBook:
    """Read everything in a broker's answer: `render` returns the same fields again.

    Parameters
    ----------
    document : mapping, str or bytes
        The whole answer.
    schema : {"futu", "habittrade", "longbridge"}

    Raises
    ------
    PositionsError
        The document is an error answer; its payload is that document.
    InvalidInputError
        It is no answer of that interface; all faults of its rows are named.
    """
    return _PARSE[_known(schema)](document_of(document))


def read(document: Mapping[str, object] | str | bytes, *, schema: str) -> OpeningBook:
    """Read a broker's answer as the book from which a backtest starts; see `parse`.

    Examples
    --------
    >>> answer = '{"s": "ok", "d": [{"code": "US.GME", "position_side": "SHORT", "qty": "100", "cost_price": "50.0"}]}'
    >>> read(answer, schema="futu").holdings
    (OpeningHolding(symbol=Symbol('GME'), quantity=-100, average_price=50.0, price=None),)
    """
    return parse(document, schema=schema).opening()


def _known(schema: str) -> str:
    if not isinstance(schema, str):
        raise InvalidInputError("schema", schema, "be a string")
    check_choice("schema", schema, tuple(_RENDER))
    return schema
