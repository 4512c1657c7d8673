"""What is typed on a card, and how it is kept: a grade, points, a number, a remark, a line of several items."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from bot.actions import MeantFact, month_number
from bot.dialogue import card, evaluating, noting, numbers, returning
from bot.dialogue.opening import may_fill, to_fill, to_see
from bot.dialogue.work import NotUnderstood, Work
from bot.message import Button, Message, Reply
from bot.permissions import Rater
from bot.screens import ledger as ledger_screens
from bot.screens import typed as screens
from bot.screens import wording
from bot.store import drafts, facts, sayings, sheets
from bot.store.database import writes
from bot.values import SheetFile
from bot.words.grammar import courteous, taught
from jobs.duties.assignments import check_typed
from jobs.duties.ratios import Doubtful, read_number
from scoring.facts import Fact
from scoring.kept_line import read_kept
from scoring.line import (
    Line,
    changes,
    example,
    is_only_line,
    looks_like_line,
    names_an_item,
    parse_line,
    with_numbers,
)
from scoring.numerals import halfwidth, plain, quoted
from scoring.pattern import pattern
from scoring.refusal import Refused
from scoring.remark import agreed, closed, is_score, lacking, nearly, plain_points
from scoring.rubric import FactKind, Grade
from scoring.sheet import Sheet, parse_points
from scoring.stars import result

_RATIO = pattern(r"-?[0-9]+\s*[人名]?\s*[/÷⁄比]\s*-?[0-9]+\s*[人名]?[。.]?")
_IN_WORDS = pattern(r"[〇零一二三四五六七八九十百]+\s*[/比]\s*[〇零一二三四五六七八九十百]+")
_ANSWERS = pattern(
    "不|好|无|是|对|取消|算了|不[对要用]|错了|改|不?保存|确[定认]|撤[销回]|返回|(?:写进)?备注|好的|谢谢"
    "|同自评|看?总览|目录|[上下]一[项个]|退回|提交|依据|照片|为什么|台账|其他分值"
)
_IN_BRACKETS = str.maketrans("()（）", "    ")
_REST = pattern("(?:其余|其它|其他|剩下|余下)(?:的|各项|几项)?[都全]?(?:同|按|跟)自评")
_NEXT_BRANCH = pattern("(?:接着|继续|再)?[评看去]?下一?个?支部")
_TAKE_BACK = pattern("(?:我?要)?(?:撤回|取消|收回)提交")
_SENTENCE = pattern(r"[\u4e00-\u9fff]\W*[\u4e00-\u9fff]|[0-9]\W*[\u4e00-\u9fff]")


def on_card(work: Work, sheet_id: int, number: int, text: str) -> Reply:
    """A typed text on a card, in the order of what it can plainly mean; number 0 is the grid or the overview.

    What is nearly a line is shown as one, to be checked. A remark is never points: it is asked what it was meant for.
    """
    file = to_see(work, sheet_id)
    edition = file.sheet.edition
    if not text.strip():
        raise Refused("没有收到文字，请再输入一次。")
    if file.rater is Rater.COMMITTEE and _REST.fullmatch(closed(text)):
        return evaluating.rest(work, to_fill(work, sheet_id))
    if file.rater is Rater.COMMITTEE and _NEXT_BRANCH.fullmatch(closed(text)):
        return evaluating.next_branch(work, file)
    if _TAKE_BACK.fullmatch(closed(text)):
        return returning.take_back(work, file)
    text = with_numbers(text, file.sheet)
    if looks_like_line(text, edition):
        file = to_fill(work, sheet_id)
        try:
            _line_facts(file, parse_line(text, edition))
        except Refused:
            if number == 0 or is_only_line(text):
                raise
            return _ask_meant(work, file, number, text)()
        draft = drafts.add(work.session, me=work.me, sheet_id=sheet_id, item=number, text=text)
        return Reply(line_draft(work, file, draft))
    if number == 0:
        if text.isdecimal() and len(text) <= 3:
            return Reply(card.show(work, file, int(text)))
        raise NotUnderstood(text, f"可以发项号，或一行：{example(edition, '{} {}（原因）')}。")
    item = edition.item(number)
    grade = Grade.read(closed(text))
    if grade is not None and closed(text) != "不":  # that may be an answer
        file = to_fill(work, sheet_id, number)
        return _marked(work, file, file.sheet.graded(number, grade), number)
    form = halfwidth(text)
    if item.typed and (_RATIO.fullmatch(form) or _IN_WORDS.fullmatch(form)):
        return _typed_fact(work, to_fill(work, sheet_id), number, text.rstrip("。."))
    if mark := agreed(text, edition, number):
        file = to_fill(work, sheet_id, number)
        return _marked(work, file, file.sheet.marked(number, mark), number)
    if (told := plain_points(text)) and not names_an_item(told[1], edition):
        typed, reason = told
        file = to_fill(work, sheet_id, number)
        if not reason:
            points = parse_points(typed, item)
            if edition.grade_of(number, points) is None:
                return card.ask_reason(work, file, number, points)
            return _marked(work, file, file.sheet.pointed(number, points), number)
        try:
            points = parse_points(typed, item)
            if points < item.points or not lacking(reason):
                return _marked(work, file, file.sheet.pointed(number, points, reason), number)
        except Refused:  # the question says what can be given
            pass
        return _ask_meant(work, file, number, text)()
    if may_fill(work, file) and _told(file, number, text):
        named = edition.facts[item.typed or ""].parts
        if named and all(word in text for word in named):  # 应到18，实到17
            return _typed_fact(work, to_fill(work, sheet_id), number, text)
        return _ask_meant(work, file, number, text)()
    ratio = "、16/18" if item.typed else ""
    offer = None
    if may_fill(work, file) and (_SENTENCE.search(form) or nearly(text, edition, number)):
        offer = _ask_meant(work, file, number, text)
    raise NotUnderstood(text, f"在这一项可以发：优秀、3.5 原因{ratio} 或 {example(edition)}。", offer)


def _marked(work: Work, file: SheetFile, after: Sheet, number: int) -> Reply:
    """Save what was plainly typed for an item; what another member gave it is not replaced before that is shown."""
    if not card.overtaken(work, file, number, 0):
        return card.save(work, file, after, number)
    mark = after.marks[number]
    reason = f"（{mark.reason.translate(_IN_BRACKETS)}）" if mark.reason else ""
    line = f"{number} {plain(mark.points)}{reason}"
    draft = drafts.add(work.session, me=work.me, sheet_id=file.id, item=number, text=line)
    return Reply(line_draft(work, file, draft), toast=card.overtaking(work, file, number))


def _typed_fact(work: Work, file: SheetFile, number: int, text: str) -> Reply:
    if file.rater is not Rater.SELF:
        raise Refused("台账由支部填写，您可以查看。")
    kind = file.sheet.edition.facts[file.sheet.edition.item(number).typed or ""]
    check_typed(kind, file.behind.given)
    try:
        count, of = read_number(kind, text)
    except Doubtful:
        return _ask_meant(work, file, number, text)()
    fact = Fact(kind.key, count, of, _period(work, file) if kind.monthly else "")
    before = facts.recorded(work.session, branch_id=file.branch.id, term_id=file.term.id)
    kept = numbers.keep(work, file.branch, file.term, [fact])
    toast = ledger_screens.kept(kind, fact, before, kept.closed)
    screen = card.show(work, to_see(work, file.id), number)
    return Reply(numbers.beside(work, file, screen, [fact], kept), toast=toast)


def _told(file: SheetFile, number: int, text: str) -> tuple[tuple[int, int], ...]:
    """What a text on a card can mean as the ratio that the card takes; nothing where it takes none. It may be a remark:
    what names neither of its numbers is asked."""
    typed = file.sheet.edition.item(number).typed
    if typed is None or file.rater is not Rater.SELF:
        return ()
    try:
        count, of = read_number(file.sheet.edition.facts[typed], text)
    except Doubtful as doubtful:
        return doubtful.readings
    except Refused:
        return ()
    return ((count, of or 0),)


def _as_facts(work: Work, file: SheetFile, number: int, text: str) -> tuple[Button, ...]:
    """A button for each ratio that a text on a card can mean."""
    typed = file.sheet.edition.item(number).typed
    if typed is None or not (readings := _told(file, number, text)):
        return ()
    kind = file.sheet.edition.facts[typed]
    month = month_number(_period(work, file)) if kind.monthly else 0
    place = (file.branch.id, file.term.id, kind.number, month)
    return tuple(
        Button(f"记{kind.title}：{wording.asked(kind, count, of)}", MeantFact(*place, count, of))
        for count, of in readings
    )


def _period(work: Work, file: SheetFile) -> str:
    """The month a number typed today is for: this month, kept inside the term."""
    return f"{min(max(work.today, file.term.starts), file.term.ends):%Y-%m}"


def reason_for(work: Work, file: SheetFile, number: int, points: Decimal, text: str) -> Reply:
    """The reason for these points; or, plainly typed anew, a line, a grade or other points instead."""
    edition = file.sheet.edition
    if looks_like_line(text, edition) or plain_points(text) or agreed(text, edition, number):
        return on_card(work, file.id, number, text)
    if Grade.read(closed(text)) is not None and closed(text) != "不":
        return on_card(work, file.id, number, text)
    _check_reason(text)
    return _marked(work, file, file.sheet.pointed(number, points, text), number)


def _check_reason(text: str) -> None:
    """Refused when a text that should be a reason is a score, an answer or a word to the bot instead."""
    answers = any(words.fullmatch(closed(text)) for words in (_ANSWERS, _REST, _NEXT_BRANCH))
    if answers or taught(text) or courteous(text) or not any(c.isalnum() for c in text):
        raise Refused("请写一句原因；不想改了，请点「返回」或「不保存」。")
    if is_score(text):
        raise Refused(f"{quoted(text.strip())}像是分值，不像原因。要改分值，请先返回；否则请写一句原因。")


# --- what a remark was meant for --------------------------------------------------------------------------------


def _ask_meant(work: Work, file: SheetFile, number: int, text: str) -> Callable[[], Reply]:
    """Keeps the text and asks; to be called when nothing else understands it."""

    def ask() -> Reply:
        draft = drafts.add(work.session, me=work.me, sheet_id=file.id, item=number, text=text)
        return Reply(remark(work, file, draft))

    return ask


def remark(work: Work, file: SheetFile, draft: int) -> Message:
    """The question what a text was meant for."""
    kept = drafts.read(work.session, me=work.me, sheet_id=file.id, draft_id=draft)
    edition = file.sheet.edition
    item = edition.item(kept.item)
    told = _as_facts(work, file, kept.item, kept.text)
    view = screens.RemarkView(draft=draft, item=item, text=kept.text, numbers=told)
    if not looks_like_line(kept.text, edition):
        return screens.remark(file, replace(view, offered=nearly(kept.text, edition, item.number)))
    try:
        _line_facts(file, parse_line(kept.text, edition))
    except Refused as refused:
        view = replace(view, why=str(refused))
    return screens.remark(file, view)


def keep_as_points(work: Work, file: SheetFile, draft: int) -> Reply:
    """Give an item the points that a text names, with the text as their reason."""
    kept = drafts.read(work.session, me=work.me, sheet_id=file.id, draft_id=draft)
    if kept.saved:
        return Reply(card.show(work, file, kept.item), toast="这句话已经记过了")
    mark = nearly(kept.text, file.sheet.edition, kept.item)
    if mark is None:
        raise Refused("这句话里没有分值，请选择「写进备注」，或重新输入。")
    drafts.saved(work.session, draft)
    return _marked(work, file, file.sheet.marked(kept.item, mark), kept.item)


def keep_as_note(work: Work, file: SheetFile, draft: int) -> Reply:
    """Put a text behind the note that an item has; or in the place of what its message said before it was edited."""
    kept = drafts.read(work.session, me=work.me, sheet_id=file.id, draft_id=draft)
    if kept.saved:
        return Reply(card.show(work, file, kept.item), toast="这句话已经记过了")
    before = file.note(file.sheet.edition.item(kept.item).number)
    text = kept.text.strip()
    drafts.saved(work.session, draft)
    for former in sayings.former(work.session, me=work.me, text=text):
        if f"\n{former}\n" in f"\n{before}\n":
            after = f"\n{before}\n".replace(f"\n{former}\n", f"\n{text}\n", 1)
            return noting.save(work, file, kept.item, after.strip())
    return noting.save(work, file, kept.item, f"{before}\n{text}".strip())


# --- typed lines ------------------------------------------------------------------------------------------------


def line_draft(work: Work, file: SheetFile, draft: int) -> Message:
    """A typed line as it would be saved; what stands where it would change it is kept, to be compared then."""
    line = _line(work, file, draft)
    needed = line.needs_reason
    after = (line.with_reason("待补原因") if needed else line).applied(file.sheet)
    said = [
        f"{file.sheet.edition.facts[fact.kind].title} "
        f"{wording.month(fact.period) + ' ' if fact.period else ''}{fact.count}/{fact.of}"
        + ledger_screens.instead(file.sheet.edition.facts[fact.kind], fact, file.behind.facts)
        for fact in _facts(work, file, line)
    ]
    kept = drafts.read(work.session, me=work.me, sheet_id=file.id, draft_id=draft)
    if not kept.shown and writes(work.session):  # who only looks later need not be the one who is asked
        drafts.show(work.session, draft, _standing(work, file, line))
    view = screens.LineView(
        draft=draft,
        changes=changes(file.sheet, after),
        facts=said,
        before=result(file.sheet),
        after=result(after),
        needs_reason=needed,
        typed_on=kept.item,
    )
    return screens.line_draft(file, view)


def _standing(work: Work, file: SheetFile, line: Line) -> str:
    """What stands in the sheet and the 台账 where a line would change it."""
    numbers = {said.number for said in line.marks}
    marks = {number: mark for number, mark in file.sheet.marks.items() if number in numbers}
    kinds = {(fact.kind, fact.period) for fact in _facts(work, file, line)}
    known = sorted(
        (fact.kind, fact.period, fact.count, fact.of)
        for fact in file.behind.facts
        if (fact.kind, fact.period) in kinds
    )
    return f"{replace(file.sheet, marks=marks).revision} {known}"


def _facts(work: Work, file: SheetFile, line: Line) -> list[Fact]:
    return [
        Fact(kind.key, count, of, _period(work, file) if kind.monthly else "")
        for kind, count, of in _line_facts(file, line)
    ]


def _line(work: Work, file: SheetFile, draft: int) -> Line:
    kept = drafts.read(work.session, me=work.me, sheet_id=file.id, draft_id=draft)
    line = read_kept(kept.text) or parse_line(kept.text, file.sheet.edition)
    return line.with_reason(kept.reason) if kept.reason else line


def _line_facts(file: SheetFile, line: Line) -> list[tuple[FactKind, int, int]]:
    edition = file.sheet.edition
    said = [(edition.facts[edition.item(n).typed or ""], count, of) for n, count, of in line.facts]
    for n, (kind, count, of) in enumerate(said):
        check_typed(kind, file.behind.given)
        if any(other is kind and (a, b) != (count, of) for other, a, b in said[:n]):
            raise Refused(f"「{kind.title}」写了两个不同的数，请只保留一个。")
    return list(dict.fromkeys(said))


def line_reason(work: Work, file: SheetFile, draft: int, reason: str) -> Reply:
    """The reason for the other points of a line; or, plainly typed anew, another line."""
    kept = drafts.read(work.session, me=work.me, sheet_id=file.id, draft_id=draft)
    if looks_like_line(reason, file.sheet.edition):
        return on_card(work, file.id, kept.item, reason)
    _check_reason(reason)
    _line(work, file, draft).with_reason(reason).applied(file.sheet)
    again = drafts.add(
        work.session, me=work.me, sheet_id=file.id, item=kept.item, text=kept.text, reason=reason
    )
    return Reply(line_draft(work, file, again))


def save_line(work: Work, file: SheetFile, draft: int) -> Reply:
    """Save a line, unless something changed since it was shown: then it is shown again."""
    kept = drafts.read(work.session, me=work.me, sheet_id=file.id, draft_id=draft)
    if kept.saved:
        return Reply(card.overview(work, file), toast="这一行已经保存过了")
    line = _line(work, file, draft)
    if kept.shown != (now_stands := _standing(work, file, line)):
        drafts.show(work.session, draft, now_stands)
        return Reply(line_draft(work, file, draft), toast="期间有改动，还没有保存，请再核对")
    said = _facts(work, file, line)
    if said and file.rater is not Rater.SELF:
        raise Refused("台账由支部填写，您可以查看。")
    now = sheets.save(work.session, me=work.me, file=file, after=line.applied(file.sheet))
    marked = now.last_change if now.last_change != file.last_change else None
    done = numbers.keep(work, file.branch, file.term, said, marked)
    drafts.saved(work.session, draft)
    toast = "；".join(filter(None, ("已保存这一行", done.closed)))
    screen = card.overview(work, now)
    return Reply(numbers.beside(work, file, screen, said, done) if said else screen, toast=toast)
