"""A TOML table read with care: every key once, of the type asked for, and none left over."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar, cast

from scoring.refusal import EditionRefused

T = TypeVar("T")
BLANKS = "\n\t\u00a0\u3000"  # what may stand in a text besides what is seen
PLACES = 6  # of a number after the point


class Table:
    """Hands out each key once; what is missing, wrong or left over is EditionRefused, saying `where`."""

    def __init__(self, raw: Mapping[str, object], where: str) -> None:
        self._left = dict(raw)
        self.where = where

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self._left)

    def _take(self, key: str, kind: type[T], words: str) -> T:
        if key not in self._left:
            raise EditionRefused(f"{self.where}缺少 {key}。")
        value = self._left.pop(key)
        # To Python True is the int 1; to somebody who writes a table it is not.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise EditionRefused(f"{self.where}的 {key} 应是{words}。")
        return value

    def text(self, key: str) -> str:
        text = self._take(key, str, "文字")
        if not text.strip():
            raise EditionRefused(f"{self.where}的 {key} 是空的。")
        if not all(one.isprintable() or one in BLANKS for one in text):
            raise EditionRefused(f"{self.where}的 {key} 里有看不见的字符，请重新输入这一处。")
        return text.strip()

    def maybe_text(self, key: str) -> str | None:
        return self.text(key) if key in self._left else None

    def texts(self, key: str) -> tuple[str, ...]:
        raw = self._take(key, list, "文字的列表")
        if not raw:
            raise EditionRefused(f"{self.where}的 {key} 是空的。")
        return tuple(Table({key: text}, self.where).text(key) for text in raw)

    def whole(self, key: str) -> int:
        return self._take(key, int, "整数")

    def flag(self, key: str) -> bool:
        return key in self._left and self._take(key, bool, " true 或 false")

    def number(self, key: str) -> Decimal:
        number = Decimal(self._take(key, int | Decimal, "数"))  # type: ignore[arg-type]
        if not (number.is_finite() and 0 <= number <= 1000):
            raise EditionRefused(f"{self.where}的 {key} 应是 0 到 1000 之间的数。")
        if cast(int, number.as_tuple().exponent) < -PLACES:
            raise EditionRefused(f"{self.where}的 {key} 小数太长，最多 {PLACES} 位。")
        return number

    def maybe_number(self, key: str) -> Decimal | None:
        return self.number(key) if key in self._left else None

    def table(self, key: str) -> "Table":
        return Table(self._take(key, dict, "表"), f"{self.where}的 {key}")

    def tables(self, key: str) -> tuple["Table", ...]:
        rows = self._take(key, list, "表的列表")
        return tuple(Table({key: row}, self.where).table(key) for row in rows)

    def nothing_more(self) -> None:
        if self._left:
            raise EditionRefused(f"{self.where}有不认识的内容 {min(self._left)}。")
