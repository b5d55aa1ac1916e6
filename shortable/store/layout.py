"""When a store grows from a file into parts, and which small parts become one."""

from __future__ import annotations

from dataclasses import dataclass

from shortable.errors import InvalidInputError

__all__ = ["Layout", "mergers"]


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes of files, in rows.

    A part is what one bulk read decodes and what one merge rewrites: 4 Mi rows are about 30 MB on disk, 150 MB
    in memory and a second of writing.
    """

    single_file_rows: int = 1 << 21
    """Up to here a store is one file, rewritten by every import."""
    part_rows: int = 1 << 22
    """Parts of at least so many rows are never merged again."""
    fan: int = 8
    """So many parts of one size class become one of the next, so a row is rewritten once a class."""

    def __post_init__(self) -> None:
        for name, least in (("single_file_rows", 0), ("part_rows", 1), ("fan", 2)):
            if getattr(self, name) < least:
                raise InvalidInputError(name, getattr(self, name), f"be at least {least}")


def mergers(parts: list[tuple[int, int]], layout: Layout) -> list[list[int]]:
    """Return which parts to make one of, as lists of positions in `parts`; none twice.

    Parameters
    ----------
    parts : list of (first instant, rows)
    layout : Layout

    Returns
    -------
    list of list of int
        Each inner list, in order of time, becomes one part. Call again on the result until it is empty.

    Examples
    --------
    >>> mergers([(3, 10), (1, 10), (2, 10), (0, 900)], Layout(part_rows=1000, fan=3))
    [[1, 2, 0]]
    """
    classes: dict[int, list[int]] = {}
    for position, (_, rows) in enumerate(parts):
        if rows < layout.part_rows:
            size_class, bound = 0, layout.part_rows
            while bound > 1 and rows * layout.fan < bound:
                size_class, bound = size_class + 1, max(bound // layout.fan, 1)
            classes.setdefault(size_class, []).append(position)
    groups = []
    for _, members in sorted(classes.items()):
        members.sort(key=parts.__getitem__)
        group: list[int] = []
        for member in members:
            group.append(member)
            if len(group) == layout.fan or sum(parts[m][1] for m in group) >= layout.part_rows:
                groups.append(group)
                group = []
    return [group for group in groups if len(group) > 1]
