"""公示 as a document of Word, laid out as an official letter is (GB/T 9704-2012): the title in the middle, the text in
仿宋 of size three, each paragraph two letters in, who signs it and the day on the right."""

from datetime import datetime

from bot.paper import word
from bot.paper.texts import inert
from bot.values import NoticeText

_TITLE, _TEXT = 22.0, 16.0  # points: 二号, 三号
_MARGINS = (27.0, 36.0)  # millimetres
_LINE = 28.95  # points from line to line: 22 lines on a page


def document(text: NoticeText, made: datetime) -> bytes:
    """The text as a file of Word."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    document = word.new(inert(text.title), made, margins=_MARGINS)

    def add(words: str, *, font: str = word.FANG_SONG, size: float = _TEXT, indent: int = 2) -> None:
        paragraph = document.add_paragraph()
        word.write(paragraph, inert(words), size=size, font=font, bold=font == word.HEI)
        paragraph.paragraph_format.line_spacing = Pt(_LINE)
        paragraph.paragraph_format.first_line_indent = Pt(indent * size)
        if font == word.HEI:
            word.middle(paragraph)

    add(text.title, font=word.HEI, size=_TITLE, indent=0)
    add("")
    for words in (text.opens, *text.branches, text.closes):
        add(words)
    add("")
    for words in text.signed:
        add(words, indent=0)
        document.paragraphs[-1].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    return word.finished(document, made)
