"""A rating table that was sent to the chat: a TOML text, or the official form with other words and points.

The form holds no more than the printed table does. What else belongs to an edition is taken from today's, item by item:
a row is the item whose words stand in it or, where they were changed, the one that comes next in the table.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Final, NamedTuple

from bot.files.office import COMPOUND
from bot.paper import cells
from bot.paper.cells import Formula, Value
from bot.paper.form import HEADS, TOTAL
from bot.paper.form_xlsx import FIRST_ROW, SHEET, cell
from scoring.comparison import SAME
from scoring.numerals import plain, quoted
from scoring.refusal import Refused
from scoring.rubric import (
    ITEMS_MOST,
    METHODS_MOST,
    NAME_MOST,
    TITLE_MOST,
    WORDS_MOST,
    Category,
    Edition,
    Item,
    Measure,
    load_edition,
)
from scoring.table import BLANKS

LARGEST: Final = 200_000  # bytes of a TOML text; the school's has 21,000
_ROWS_MOST: Final = 200  # in which the items and the total must stand
_CATEGORY, _STANDARD, _EXCELLENT, _METHOD, _POINTS = range(len(HEADS))
_MOST: Final = {_CATEGORY: NAME_MOST, _STANDARD: WORDS_MOST, _EXCELLENT: WORDS_MOST, _METHOD: METHODS_MOST}

AGAIN = "请改好存盘后再发。"
EMPTY = "这份文件是空的。请选好评价表再发。"
UNREADABLE = "这份 Excel 文件打不开，可能已损坏。请用 Excel 或 WPS 打开，另存为 .xlsx 再发。"
CLOSED = "这份文件有密码，或是旧的 .xls 格式，读不了。请去掉密码，另存为 .xlsx 再发。"
MACROS = "这份 Excel 文件里有宏，没有收下。请另存为 .xlsx（不带宏）再发。"
NO_KIND = "评价表要发 TOML 文件或 Excel（.xlsx）文件，这份两样都不是。请另存后再发。"
ANOTHER_CODE = "这份 TOML 文件不是 UTF-8 编码。请用记事本另存为 UTF-8 再发。"


def read(data: bytes, today: Edition) -> Edition:
    """The edition that a file says; its key means nothing. Raises Refused, which names the place of what is wrong."""
    if not data.strip():
        raise Refused(EMPTY)
    if data.startswith(COMPOUND):
        raise Refused(CLOSED)
    if data.startswith(b"PK"):
        return _of_workbook(data, today)
    return _of_text(data, today)


def _of_text(data: bytes, today: Edition) -> Edition:
    if len(data) > LARGEST:
        size = f"这份文件有 {len(data) // 1000} KB"
        raise Refused(f"{size}，评价表最多 {LARGEST // 1000} KB。请核对是不是发错了文件。")
    if b"\0" in data:
        raise Refused(NO_KIND)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused(ANOTHER_CODE) from None
    return load_edition(text.replace("\r\n", "\n"), today.key)


# --- the official form --------------------------------------------------------------------------------------------


class _Line(NamedTuple):
    """What a row of the form says of an item."""

    row: int
    category: str
    standard: str
    excellent: str
    method: str
    points: Decimal


def _of_workbook(data: bytes, today: Edition) -> Edition:
    if b"vbaProject.bin" in data:
        raise Refused(MACROS)
    try:
        book = cells.read(data, SHEET, _ROWS_MOST, len(HEADS))
    except cells.TooLargeError:
        raise Refused("这份 Excel 文件太大了。请去掉加进去的图片和多余的表，再发。") from None
    except Exception:  # whatever a workbook can be made to do to its reader
        raise Refused(UNREADABLE) from None
    if SHEET not in book.sheets:
        raise Refused(f"文件里没有「{SHEET}」这张表。请用这里下载的测评表来改，再发。")
    lines = _lines(book.cells)
    return replace(today, categories=_categories(lines, _matched(lines, today), today))


def _lines(found: Mapping[cells.At, Value]) -> list[_Line]:
    for column, head in enumerate(HEADS):
        at = (FIRST_ROW - 2, column)
        if _squeezed(_text(found, at)) != head:
            raise Refused(f"单元格 {cell(*at)} 应是表头「{head}」。请用这里下载的测评表来改，表头不要动。")
    last = next(
        (row for row in range(FIRST_ROW, _ROWS_MOST) if _squeezed(_text(found, (row, 0))) == TOTAL), 0
    )
    if not last:
        raise Refused(f"A 列里没有「{TOTAL}」这一行，看不出表到哪里结束。请恢复这一行，{AGAIN}")
    lines = list[_Line]()
    category = ""
    for row in range(FIRST_ROW, last):
        category = _text(found, (row, _CATEGORY)) or category  # merged: it stands in the first of its rows
        if any((row, column) in found for column in range(_STANDARD, len(HEADS))):
            lines.append(_line(found, row, category, len(lines) + 1))
    if not lines:
        raise Refused(f"表头下面没有测评点。请至少写一项，{AGAIN}")
    if len(lines) > ITEMS_MOST:
        raise Refused(f"表里有 {len(lines)} 项，最多 {ITEMS_MOST} 项。请合并一些，{AGAIN}")
    total = sum((line.points for line in lines), Decimal(0))
    if total != 100:
        area = f"{cell(FIRST_ROW, _POINTS)} 到 {cell(last - 1, _POINTS)}"
        raise Refused(f"单元格 {area} 的分值合计 {plain(total)}，应为 100。{AGAIN}")
    return lines


def _line(found: Mapping[cells.At, Value], row: int, category: str, number: int) -> _Line:
    texts = [category, *(_text(found, (row, column)) for column in (_STANDARD, _EXCELLENT, _METHOD))]
    for column, text in enumerate(texts):
        where = f"单元格 {cell(row, column)}：第 {number} 项的{HEADS[column]}"
        if not text:
            raise Refused(f"{where}是空的。{AGAIN}")
        if len(text) > _MOST[column]:
            raise Refused(f"{where}有 {len(text)} 个字，最多 {_MOST[column]} 个。请写短一些，{AGAIN}")
    if not _methods(texts[_METHOD]):
        at = cell(row, _METHOD)
        raise Refused(f"单元格 {at}：第 {number} 项的测评方式看不懂，请写成：查看资料、支部汇报。{AGAIN}")
    return _Line(row, texts[0], texts[1], texts[2], texts[3], _points(found, row, number))


def _points(found: Mapping[cells.At, Value], row: int, number: int) -> Decimal:
    value = found.get((row, _POINTS))
    where = f"单元格 {cell(row, _POINTS)}：第 {number} 项的分值"
    if isinstance(value, Formula):
        raise Refused(f"{where}是公式，请直接写数字，{AGAIN}")
    if value is None:
        raise Refused(f"{where}是空的。请写上数字，{AGAIN}")
    if isinstance(value, bool) or not isinstance(value, Decimal):
        if isinstance(value, bool) or not re.fullmatch(r"\d{1,3}(\.\d{1,9})?", value.strip(), re.ASCII):
            raise Refused(f"{where}{quoted(str(value))}不是数字。{AGAIN}")
        value = Decimal(value.strip())
    if not 0 < value <= 100 or value.quantize(Decimal("0.1")) != value:
        raise Refused(f"{where} {plain(value)} 应大于 0，最多一位小数。{AGAIN}")
    return value


def _text(found: Mapping[cells.At, Value], at: cells.At) -> str:
    """What stands in a cell. Raises Refused for what is no text."""
    value = found.get(at)
    if isinstance(value, Formula):
        raise Refused(f"单元格 {cell(*at)} 是公式，请直接写文字，{AGAIN}")
    text = plain(value) if isinstance(value, Decimal) else "" if value is None else str(value)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not all(one.isprintable() or one in BLANKS for one in text):
        raise Refused(f"单元格 {cell(*at)} 里有看不见的字符。请重新输入这一格，{AGAIN}")
    return text.strip()


def _squeezed(text: str) -> str:
    return "".join(text.split())


# --- which item a row is ------------------------------------------------------------------------------------------


def _matched(lines: Sequence[_Line], today: Edition) -> list[Item | None]:
    """The item of today's edition that each row is; None for a new one."""
    known = {_words(item): item for item in today.items}
    same = [known.pop((_squeezed(line.standard), _squeezed(line.excellent)), None) for line in lines]
    left = {item.number: item for item in known.values()}
    found = list[Item | None]()
    last = 0
    for line, item in zip(lines, same, strict=True):
        if item is None and (near := left.get(last + 1)) is not None and _like(line, near):
            item = left.pop(near.number)
        last = item.number if item else last
        found.append(item)
    return found


def _words(item: Item) -> tuple[str, str]:
    return _squeezed(item.standard), _squeezed(item.excellent)


def _like(line: _Line, item: Item) -> bool:
    """Whether a row says of an item no more than that it is worded otherwise."""
    says, said = _squeezed(line.standard + line.excellent), "".join(_words(item))
    return SequenceMatcher(None, said, says, autojunk=False).ratio() >= SAME


def _categories(
    lines: Sequence[_Line], matched: Sequence[Item | None], today: Edition
) -> tuple[Category, ...]:
    items: dict[str, list[Item]] = {}
    came: dict[str, list[str]] = {}  # of each category, in which ones its items were
    before = ""
    for number, (line, was) in enumerate(zip(lines, matched, strict=True), start=1):
        name = next(
            (c.name for c in today.categories if _squeezed(c.name) == _squeezed(line.category)), line.category
        )
        if name in items and name != before:
            where = f"单元格 {cell(line.row, _CATEGORY)}：{quoted(name)}"
            raise Refused(f"{where}出现在两处，请把同一类的各项放在一起，{AGAIN}")
        before = name
        items.setdefault(name, []).append(_item(number, name, line, was))
        came.setdefault(name, []).extend([was.category] if was else [])
    numbers = _numbers(came, today)
    return tuple(Category(numbers[name], name, tuple(some)) for name, some in items.items())


def _numbers(came: Mapping[str, Sequence[str]], today: Edition) -> dict[str, int]:
    """What the categories are called by buttons: as today, also one that only has another name; a new one anew."""
    known = {category.name: category.number for category in today.categories}
    found = {name: known[name] for name in came if name in known}
    free = max(known.values(), default=0)
    for name, some in came.items():
        if name not in found:
            former = next((one for one in some if one not in came and known[one] not in found.values()), None)
            free += former is None
            found[name] = free if former is None else known[former]
    return found


def _item(number: int, category: str, line: _Line, was: Item | None) -> Item:
    """The item of a row. What suggested its grade holds only for the words that it was made for."""
    if was is None:
        title = re.split(r"[，。；：、,;:\s]", line.standard)[0][:TITLE_MOST] or line.standard[:TITLE_MOST]
        return Item(
            number, category, title, line.standard, line.excellent, _methods(line.method), line.points
        )
    standard, excellent = (
        old if _squeezed(old) == _squeezed(new) else new
        for old, new in ((was.standard, line.standard), (was.excellent, line.excellent))
    )
    same = (standard, excellent) == (was.standard, was.excellent)
    shown = tuple(Measure(fact, "shown") for fact in dict.fromkeys(one.fact for one in was.measures))
    return replace(
        was,
        number=number,
        category=category,
        standard=standard,
        excellent=excellent,
        methods=was.methods if _squeezed(line.method) == _squeezed(was.method) else _methods(line.method),
        points=line.points,
        measures=was.measures if same else shown,
        typed=was.typed if same else None,
        unasked=tuple(words for words in was.unasked if words in excellent),
    )


def _methods(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in re.split(r"[、，,;；\n]", text) if one.strip())
