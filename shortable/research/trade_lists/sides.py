"""The words by which lists say buy and sell, open and close: English, Chinese, Japanese, Korean, German, Portuguese, and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from shortable.errors import InvalidInputError

__all__ = [
    "Effect",
    "SideWord",
    "is_no_trade",
    "is_side_column",
    "only_side_words",
    "read_effects",
    "read_sides",
    "words_of",
]

Effect = Literal["", "open", "close"]
"""Whether a trade opens a position or closes one, where the list says so."""


@dataclass(frozen=True, slots=True)
class SideWord:
    """What one word means."""

    sign: int
    """1 for a purchase, −1 for a sale; 0 for a word that names a position: long or short."""
    effect: Effect = ""
    """What it does to a position."""
    position: int = 0
    """1 for a word that names a long, −1 for a short."""


def words_of(text: str) -> frozenset[str]:
    """Return the words between bars."""
    return frozenset(word.strip() for word in text.split("|"))


_MEANINGS: tuple[tuple[SideWord, frozenset[str]], ...] = (
    (
        SideWord(1),
        words_of(
            "buy|b|bot|bought|market buy|limit buy|stop buy|you bought|purchase|purchased|bid|reinvest shares|reinvestment|"
            "买|買|买入|買入|买进|買進|现买|現買|证券买入|證券買入|现股买进|現股買進|現買|"
            "買付|株式現物買|現物買|현금매수|매수|kauf|compra"
        ),
    ),
    (
        SideWord(-1),
        words_of(
            "sell|s|sld|sold|market sell|limit sell|stop sell|you sold|sale|ask|卖|賣|卖出|賣出|沽|沽出|现卖|現賣|证券卖出|證券賣出|現股賣出|"
            "現賣|売|売却|売付|株式現物売|現物売|매도|verkauf|venda"
        ),
    ),
    (
        SideWord(1, "open", 1),
        words_of(
            "buy to open|buy open|bto|open long|entry long|enter long|long entry|le|buy long|"
            "多开|开多|買開|买开|买入开仓|買入開倉|做多|融資買進|資買|"
            "買建|新規買|信用新規買|kauf zur eröffnung"
        ),
    ),
    (
        SideWord(-1, "close", 1),
        words_of(
            "sell to close|sell close|stc|close long|exit long|long exit|lx|sell long|"
            "平多|卖平|賣平|卖出平仓|賣出平倉|融資賣出|資賣|"
            "売埋|返済売|信用返済売|verkauf zur schließung"
        ),
    ),
    (
        SideWord(-1, "open", -1),
        words_of(
            "sell short|sellshort|sell_short|sold short|you sold short|short sell|short sale|"
            "shortsell|short sold|ss|sshort|sell short exempt|sse|sell to open|sell open|sto|"
            "open short|entry short|enter short|short entry|se|sh|"
            "空开|开空|卖开|賣開|卖出开仓|賣出開倉|卖空|賣空|沽空|做空|融券卖出|融券賣出|融券|券賣|"
            "売建|新規売|信用新規売|空売り|공매도|대주매도|leerverkauf|venda a descoberto"
        ),
    ),
    (
        SideWord(1, "close", -1),
        words_of(
            "cover|buy to cover|buytocover|buy_to_cover|buy cover|btcv|bc|short cover|covered|"
            "cover short|buy to close|buy close|btc|close short|exit short|short exit|sx|"
            "bought to cover|you bought to cover|you bought short cover|bought cover|"
            "空平|平空|买平|買平|买入平仓|買入平倉|买回|買回|补回|補回|回补|回補|买券还券|買券還券|融券买入|融券買進|券買|"
            "買埋|返済買|信用返済買|대주상환|eindeckung|deckungskauf"
        ),
    ),
    (SideWord(0, "", 1), words_of("long|l|多|多头|多頭|多单|多單|做多方向")),
    (SideWord(0, "", -1), words_of("short|shrt|空|空头|空頭|空单|空單")),
)
_KNOWN = {word: meaning for meaning, words in _MEANINGS for word in words}
# Rows of an account's history that are no trades.
_NO_TRADE = re.compile(
    r"balance|credit|deposit|withdraw|dividend|interest|fee|tax|journal|wire|transfer|split|"
    r"correction|adjust|merger|spin|cash|ach|cdiv|div|slip|gold|mdiv|dfee|afee|acats|rec|rtp|"
    r"expired|assigned|exercise|reorg|name change|margin|lending|stock plan|moneylink|"
    r"direct deposit|bonus|charge|rebate|archived|"
    r"分红|股息|利息|转账|入金|出金|银证|红利|費|费",
    re.IGNORECASE,
)
# Of these also where the row states shares and a price: what a dividend was paid on, what a split added.
_NEVER_A_TRADE = re.compile(r"(?!.*reinvest).*\b(dividend|split|interest|deposit|withdrawal)s?\b.*")
_EFFECTS: dict[str, Effect] = {
    **dict.fromkeys(
        ("open", "o", "in", "entry", "enter", "opening", "to open", "opentrade", "开", "開", "开仓", "開倉"),
        "open",
    ),
    **dict.fromkeys(
        (
            "close", "c", "out", "exit", "closing", "to close", "closetrade", "out by",
            "平", "平仓", "平倉", "平今", "平昨", "平今仓", "平昨仓",
        ),
        "close",
    ),
    **dict.fromkeys(("", "in/out", "c;o", "o;c", "both", "nan", "none", "-"), ""),
}  # fmt: skip
_OTHER_CODES = words_of(
    "p|a|ex|ia|ml|l|r|si|ri|m|g|ep|ca|b|d|aex|po|pr|fp|fpa|hc|hfi|hfr|adr|t|lt|st"
)
"""Interactive Brokers' codes of trades that do not concern opening and closing."""
_NUMBERS: dict[frozenset[str], dict[str, int]] = {
    frozenset({"-1", "1"}): {"1": 1, "-1": -1},
    frozenset({"0", "1"}): {"0": 1, "1": -1},  # vectorbt and LEAN
    frozenset({"1", "2"}): {"1": 1, "2": -1},  # FIX
    frozenset({"1", "2", "5"}): {"1": 1, "2": -1, "5": -1},
    frozenset({"-1"}): {"-1": -1},
}


def is_side_column(values: Iterable[object]) -> bool:
    """Say whether a column holds sides: some word for one, or the numbers by which they are known."""
    texts = [_plain(value).removesuffix(".0") for value in dict.fromkeys(values)]
    return frozenset(texts) in _NUMBERS or any(_meaning(text) is not None for text in texts)


def only_side_words(values: Iterable[object]) -> bool:
    """Say whether every value that a column states is a word for a side; numbers do not count.

    Examples
    --------
    >>> only_side_words(["short", "cover", ""]), only_side_words(["short", "NYSE"]), only_side_words([1, -1])
    (True, False, False)
    """
    texts = {_plain(value) for value in values} - {"", "nan", "none"}
    return bool(texts) and all(_meaning(text) is not None for text in texts)


def is_no_trade(value: object, *, of_shares: bool = False) -> bool:
    """Say whether a word names something that is no trade, such as a dividend or a deposit.

    Parameters
    ----------
    value : object
        The cell.
    of_shares : bool
        The row states shares and a price, so that only a word that leaves no doubt is enough.

    Examples
    --------
    >>> is_no_trade("Cash Dividend", of_shares=True), is_no_trade("Dividend Reinvestment", of_shares=True)
    (True, False)
    """
    text = _plain(value)
    if of_shares:
        return _meaning(text) is None and bool(_NEVER_A_TRADE.fullmatch(text))
    return not text or (_meaning(text) is None and bool(_NO_TRADE.search(text)))


def read_sides(values: Iterable[object], column: str, source: str) -> list[SideWord]:
    """Return the meaning of every word of a column.

    Raises
    ------
    InvalidInputError
        Some words are not known; the message lists them.

    Examples
    --------
    >>> [word.sign for word in read_sides(["SLD", "买入", "Buy to Cover"], "side", "a list")]
    [-1, 1, 1]
    """
    texts = [_plain(value) for value in values]
    signs = _NUMBERS.get(frozenset(text.removesuffix(".0") for text in texts))
    if signs is not None:
        return [SideWord(signs[text.removesuffix(".0")]) for text in texts]
    known = {text: word for text in dict.fromkeys(texts) if (word := _meaning(text)) is not None}
    unknown = [text for text in dict.fromkeys(texts) if text not in known]
    if unknown:
        numeric = all(re.fullmatch(r"[+-]?\d+(\.0)?", text) for text in unknown)
        raise InvalidInputError(
            f"column {column!r} of {source}",
            ", ".join(unknown[:12]),
            "say buy or sell in words that are known",
            "Numbers are known as -1 and 1, 0 and 1, or 1 and 2 (FIX) where both occur."
            if numeric
            else "Write buy, sell, short or cover in their place.",
        )
    return [known[text] for text in texts]


def read_effects(values: Iterable[object], column: str, source: str) -> list[Effect]:
    """Return what each trade does to a position.

    Raises
    ------
    InvalidInputError
        Some words are not known; the message lists them.
    """
    texts = [_effect_text(value) for value in values]
    unknown = [text for text in dict.fromkeys(texts) if text not in _EFFECTS]
    if unknown:
        raise InvalidInputError(
            f"column {column!r} of {source}",
            ", ".join(unknown[:12]),
            "say open or close in words that are known",
        )
    return [_EFFECTS[text] for text in texts]


def _meaning(text: str) -> SideWord | None:
    known = _KNOWN.get(text)
    if known is not None:
        return known
    # Fidelity: "YOU SOLD SHORT SALE GAMESTOP CORP (GME) (Short)".
    for prefix in (
        "you bought short cover",
        "you bought to cover",
        "you sold short",
        "you bought",
        "you sold",
    ):
        if text.startswith(prefix):
            return _KNOWN[prefix]
    return None


def _plain(value: object) -> str:
    text = str(value).strip().lower().replace("_", " ")
    text = text.rpartition(".")[2] if text.startswith(("orderside.", "side.")) else text
    text = re.sub(r"\s+", " ", text)
    return "" if text in ("nan", "none", "<na>") else text


def _effect_text(value: object) -> str:
    text = _plain(value)
    # Interactive Brokers' codes: O;P is an opening trade, filled in parts.
    codes = {part for part in re.split(r"[;,]", text) if part in ("o", "c")}
    if codes:
        return "" if len(codes) == 2 else codes.pop()
    parts = set(re.split(r"[;,]", text))
    return "" if parts <= _OTHER_CODES else text
