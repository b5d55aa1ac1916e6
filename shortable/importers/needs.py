"""What a file leaves open and the caller has to state: collected, and refused together in one message."""

from __future__ import annotations

from collections.abc import Sequence

from shortable.errors import ImportRefusedError

__all__ = ["NeedsError", "keyword"]


class NeedsError(ImportRefusedError):
    """A file was refused because it leaves something open; nothing was stored.

    Parameters
    ----------
    name : str
        The file.
    needs : sequence of str
        What it leaves open, each with the options that settle it as `keyword` spells them.

    Examples
    --------
    >>> print(NeedsError("t.csv", ["no symbol: give `symbol`", "no time: give `time`"]))
    t.csv: nothing was imported, because the file leaves this open:
    - no symbol: give `symbol`
    - no time: give `time`
    """

    def __init__(self, name: str, needs: Sequence[str]) -> None:
        self.name, self.needs = name, tuple(needs)
        if len(self.needs) == 1:
            super().__init__(f"{name}: nothing was imported: {self.needs[0]}")
        else:
            listed = "".join(f"\n- {need}" for need in self.needs)
            super().__init__(
                f"{name}: nothing was imported, because the file leaves this open:{listed}"
            )

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.name, self.needs)


def keyword(option: str, value: object = None) -> str:
    """Return an option as messages spell it; the command line puts its own name in its place.

    Examples
    --------
    >>> keyword("time"), keyword("start_of_day", True), keyword("rates", "percent")
    ('`time`', '`start_of_day=True`', "`rates='percent'`")
    >>> keyword("columns", {"symbol": "COLUMN"})
    "`columns={'symbol': 'COLUMN'}`"
    """
    return f"`{option}`" if value is None else f"`{option}={value!r}`"
