"""公布: the check list and its confirmation, what branches hear, 公示, 异议 and 更正."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.actions import (
    Action,
    Amend,
    AmendItem,
    AmendItems,
    AmendTo,
    AskObjection,
    AskOpenness,
    Chase,
    CheckList,
    InviteMenu,
    Objections,
    OpenSheet,
    Outcome,
    PublicNotice,
    Publish,
    Result,
    SendAnswer,
    SendObjection,
    SetOpenness,
    ShowAmendment,
    ShowObjection,
    Standings,
    TypedAmended,
    TypedAmendment,
    TypedAnswer,
    TypedObjection,
)
from bot.message import CHOSEN, Button, Invitation, Line, Message, Row, ToCopy
from bot.permissions import Openness, Rater
from bot.screens import wording
from bot.screens.layout import back, column, grid, home_row
from bot.values import After, Amendment, Branch, Objection, SheetFile, Term
from jobs.duties.calendar import full_day
from scoring import stars
from scoring.numerals import plain
from scoring.rubric import Edition
from scoring.sheet import Sheet
from scoring.standings import Standing
from scoring.stars import StarResult

LISTED, OFFERED = 60, 8  # branches in the lines of one screen, and with a button of their own
NAMED = 8  # branches named in one line
OPEN_DAYS = 5  # working days of 公示


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A branch before publication: its 总支评价 once that is submitted, and how far it is till then; whether its 自评
    is submitted or was returned and is not back, whether anybody is there to hear of it, and whether whoever looks sits
    in it."""

    branch: Branch
    worth: StarResult | None
    filled: int
    self_submitted: bool
    returned: bool
    heard: bool
    mine: bool


def check_list(term: Term, checked: Sequence[Checked], openness: Openness, revision: int) -> Message:
    """What is missing before a term can be published or, where nothing is, what would be, to be confirmed."""
    missing = [one for one in checked if one.worth is None]
    lines: list[Line] = []
    rows: list[Row] = []
    if missing or not checked:
        lines.append(("总支评价", f"已提交 {len(checked) - len(missing)}/{len(checked)}，都提交了才能公布。"))
        every = len(term.table.items)
        lines += [(_brief(one.branch), _lacks(one, every)) for one in missing[:OFFERED]]
        lines += _more(missing, OFFERED)
        rows += column(
            Button(
                f"评价 {one.branch.name}", OpenSheet(one.branch.id, term.id, int(Rater.COMMITTEE)), main=not n
            )
            for n, one in enumerate(one for one in missing[:OFFERED] if not one.mine)
        )
    else:
        lines.append(("总支评价", f"{len(checked)} 个支部都已提交。"))
    if without := [_brief(one.branch) for one in checked if not (one.self_submitted or one.returned)]:
        lines.append(("自评", f"{len(without)} 个支部没有提交：{_names(without)}。不影响公布。"))
        rows.append((Button("催办", Chase(term.committee_id)),))
    if back_to := [_brief(one.branch) for one in checked if one.returned]:
        lines.append(("退回", f"{_names(back_to)}的自评退回后还没有重新提交，公布后不能再提交。"))
    if deaf := [one.branch for one in checked if not one.heard]:
        lines.append(("没有人", f"{_names([_brief(b) for b in deaf])}还没有人加入，收不到结果。"))
        rows += column(
            Button(f"邀请 {branch.name}", InviteMenu(term.committee_id, branch.id))
            for branch in deaf[:OFFERED]
        )
    if not missing and checked:
        lines += [(_brief(one.branch), _worth(one.worth)) for one in checked[:LISTED] if one.worth]
        lines += _more(checked, LISTED)
        lines.append("公布后评价不能再改，确实有误的只能更正；各支部马上收到本支部的结果。")
        rows.insert(0, (Button("确认公布", Publish(term.id, revision), main=True),))
    lines.append(("各支部可以", openness.word))
    rows.append((Button("各支部可以看什么", AskOpenness(term.committee_id)),))
    rows.append(back(Standings(term.id), "看排名"))
    return Message(title=f"公布 · {term.name}", lines=tuple(lines), rows=tuple(rows), here=CheckList(term.id))


def _lacks(one: Checked, every: int) -> str:
    """What is missing of a 总支评价."""
    if one.filled == every:
        return "评完了，还没有提交。"
    aside = "由其他总支委员评价。" if one.mine else "还没有提交。"
    return f"已评 {one.filled}/{every}，{aside}"


def _more(every: Sequence[object], most: int) -> list[Line]:
    return [f"还有 {len(every) - most} 个支部没有列出。"] if len(every) > most else []


def _brief(branch: Branch) -> str:
    """A branch's name as it fits on one line with its total."""
    return branch.name.removesuffix("党支部")


def _names(names: Sequence[str]) -> str:
    return "、".join(names[:NAMED]) + (f"等 {len(names)} 个支部" if len(names) > NAMED else "")


def _worth(worth: StarResult) -> str:
    return f"{wording.total(worth)} {wording.star_span(worth)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedView:
    """A term that was published: when, the last day of its 公示, what was objected, and what branches may see."""

    term: Term
    at: datetime
    until: date
    objections: Sequence[Objection]
    openness: Openness
    now: datetime


def published(view: PublishedView) -> Message:
    """What there is to do after publication."""
    term, open_ = view.term, [one for one in view.objections if one.answered_at is None]
    said = f"{len(view.objections)} 条，{len(open_)} 条没有答复。" if view.objections else "没有。"
    rows = [
        (
            Button("公示", PublicNotice(term.id), main=not open_),
            Button("异议", Objections(term.id), main=bool(open_)),
        ),
        (Button("各支部可以看什么", AskOpenness(term.committee_id)),),
        back(Standings(term.id), "看排名"),
    ]
    return Message(
        title=f"公布 · {term.name}",
        lines=(
            ("公布", wording.moment(view.at, view.now)),
            ("公示期", _period(view.until, view.now.date())),
            ("异议", said),
            ("各支部可以", view.openness.word),
        ),
        rows=tuple(rows),
        here=CheckList(term.id),
    )


def _period(until: date, today: date) -> str:
    return f"到 {wording.day(until)}为止{'，已经结束' if today > until else ''}。"


def openness(committee_id: int, chosen: Openness, term: Term) -> Message:
    """What branches may see of one another, to be chosen."""
    rows = column(
        Button(f"{CHOSEN if one is chosen else ''}{one.word}", SetOpenness(committee_id, int(one)))
        for one in Openness
    )
    return Message(
        title="各支部可以看什么",
        lines=(
            "结果公布后，支部书记和支委除了本支部的结果，还可以看到什么？选了马上生效，已公布的学期也一样。",
            "公示里写不写总分和名次，也按这里的选择。",
        ),
        rows=(*rows, back(CheckList(term.id), "公布")),
        here=AskOpenness(committee_id),
    )


# --- what branches see --------------------------------------------------------------------------------------------


def follows(worth: StarResult, edition: Edition) -> str:
    """What a result asks of its branch; empty where it asks nothing."""
    if worth.stars == edition.lowest and edition.stars:
        return f"{wording.star(edition.lowest)}支部要制定整改措施并落实。"
    if worth.weak:
        return f"{'、'.join(worth.weak)}较薄弱，党总支会给予指导，支部要制定整改措施。"
    return ""


def outcome(term: Term, own: Sequence[tuple[Branch, Sheet]], until: date, may_object: bool) -> Message:
    """What came out for one's branches, and what follows from it."""
    lines: list[Line] = []
    for branch, sheet in own:
        worth = stars.result(sheet)
        lines.append((_brief(branch), _worth(worth)))
        if owed := follows(worth, sheet.edition):
            lines.append(("接下来", owed))
    if may_object:
        lines.append(f"有异议的，到 {wording.day(until)}为止，支部书记可以在结果里点「提出异议」。")
    several = len(own) > 1
    rows = column(
        Button(f"看结果 {branch.name}" if several else "看结果", Result(branch.id, term.id), main=not n)
        for n, (branch, _) in enumerate(own)
    )
    return Message(
        title=f"结果公布 · {term.name}",
        lines=tuple(lines) or ("本支部没有总支评价。",),
        rows=(*rows, home_row()),
        here=Outcome(term.id),
    )


def table(term: Term, ranked: Sequence[Standing], openness: Openness, mine: frozenset[int]) -> Message:
    """All branches of a published term as far as branches may see them: by total, or in the committee's order."""
    lines: list[Line] = []
    for row in ranked[:LISTED]:
        if row.result is None or row.result.stars is None:
            said = "没有总支评价"
        elif openness is Openness.TOTALS and row.place:
            said = f"{wording.place(row.place)}，{_worth(row.result)}"
        else:
            said = wording.stars(row.result.stars)
        name = row.name.removesuffix("党支部")
        lines.append((f"{name}（本支部）" if row.key in mine else name, said))
    lines += _more(ranked, LISTED)
    own = [Button(f"看{row.name}", Result(row.key, term.id)) for row in ranked if row.key in mine]
    return Message(
        title=f"排名 · {term.name}" if openness is Openness.TOTALS else f"各支部星级 · {term.name}",
        lines=tuple(lines),
        rows=(*column(own[:OFFERED]), home_row()),
        here=Standings(term.id),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What stands beside a published result for whoever looks: `until` is the last day of 公示."""

    after: After
    branch: Branch
    term: Term
    until: date
    now: datetime
    may_object: bool
    may_amend: bool
    of_branch: bool


def beside_lines(view: Beside) -> list[Line]:
    """Until when one may object, and what was amended."""
    lines: list[Line] = [*amended_lines(view.after.amended, view.now)]
    if view.of_branch and view.now.date() <= view.until:
        lines.append(("公示期", f"到 {wording.day(view.until)}为止，有异议可以由支部书记提出。"))
    return lines


def beside_rows(view: Beside) -> list[Row]:
    """The ways to object, to amend, and to see the others, as far as they are open."""
    after, row = view.after, []
    if after.objection and view.of_branch:
        row.append(Button("我的异议", ShowObjection(after.objection)))
    if view.may_object and view.now.date() <= view.until:
        row.append(Button("提出异议", AskObjection(view.branch.id, view.term.id)))
    if view.may_amend and after.sheet:
        row.append(Button("更正", AmendItems(after.sheet)))
    if view.of_branch and after.openness:
        row.append(Button("看各支部", Standings(view.term.id)))
    return [tuple(row)] if row else []


def amended_lines(amended: Sequence[Amendment], now: datetime) -> list[Line]:
    """What was amended, by whom, when and why."""
    return [
        (
            f"更正 第 {one.item} 项",
            f"{_change(one)}。{one.reason}（{one.by} {wording.moment(one.decided_at or now, now)}）",
        )
        for one in amended
    ]


def _change(one: Amendment) -> str:
    return f"{wording.points(one.was)} → {wording.points(one.points)}"


# --- 公示 ---------------------------------------------------------------------------------------------------------


def public_notice(
    term: Term, committee: str, ranked: Sequence[Standing], openness: Openness, days: tuple[date, date]
) -> Message:
    """The text that announces a term's results, to be copied; `days` are that of publication and the last of 公示.

    The branches stand in the committee's own order.
    """
    on, until = days
    named = "\n".join(f"{n}. {_noted(row, openness)}" for n, row in enumerate(ranked, start=1))
    text = (
        f"关于{term.name}党支部星级评定结果的公示\n\n"
        f"根据《{term.table.name}》，经各支部自评、党总支评价，现将{term.name}各党支部星级评定结果公示如下：\n\n"
        f"{named}\n\n"
        f"公示期为{full_day(on)}公布后的 {OPEN_DAYS} 个工作日，至{full_day(until)}止。"
        "公示期内如有异议，请以书面形式，由支部书记提交党总支。\n\n"
        f"{committee}\n{full_day(on)}"
    )
    return Message(
        title=f"公示 · {term.name}",
        lines=(("公示", ToCopy(text)), "复制后，再贴到需要的地方。"),
        rows=(back(CheckList(term.id), "公布", main=True),),
        here=PublicNotice(term.id),
    )


def _noted(row: Standing, openness: Openness) -> str:
    if row.result is None or row.result.stars is None:
        return f"{row.name}：没有总支评价"
    if openness is Openness.TOTALS and row.place:
        return f"{row.name}：{wording.star(row.result.stars)}，{wording.total(row.result)}，{wording.place(row.place)}"
    return f"{row.name}：{wording.star(row.result.stars)}"


# --- 异议 ---------------------------------------------------------------------------------------------------------


def ask_objection(branch: Branch, term: Term, until: date) -> Message:
    """What a branch objects to, to be typed."""
    return Message(
        title=f"提出异议 · {branch.name}",
        lines=(
            ("学期", term.name),
            ("期限", f"到 {wording.day(until)}为止"),
            Invitation("请直接输入：对哪一项、哪里有异议，有什么依据。输入后还会请您核对。"),
        ),
        rows=(back(Result(branch.id, term.id), "看结果"),),
        here=AskObjection(branch.id, term.id),
        hears=lambda text: TypedObjection(branch.id, term.id, text),
        hint="例如：第7项手册全部上交，请复核",
    )


def objections(term: Term, found: Sequence[Objection], now: datetime) -> Message:
    """What was objected to a term's results, the open ones first."""
    ordered = sorted(found, key=lambda one: one.answered_at is not None)
    rows = column(
        Button(
            f"{n}. {one.branch.name}（{'已答复' if one.answered_at else '待答复'}）", ShowObjection(one.id)
        )
        for n, one in enumerate(ordered[:LISTED], start=1)
    )
    lines: list[Line] = [
        (f"{n}. {one.branch.name} {wording.moment(one.sent_at or now, now)}", wording.short(one.text, 40))
        for n, one in enumerate(ordered[:LISTED], start=1)
    ]
    return Message(
        title=f"异议 · {term.name}",
        lines=tuple(lines) or ("没有异议。",),
        rows=(*rows, back(Standings(term.id), "看排名", main=not rows)),
        here=Objections(term.id),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionView:
    """An objection for whoever looks: whether it is theirs to send, to answer, or why they may not answer."""

    found: Objection
    now: datetime
    may_send: bool
    may_answer: bool
    why_not: str
    of_committee: bool
    sheet: int


def objection(view: ObjectionView) -> Message:
    """An objection: as a draft to be sent, or with its answer, which is a draft until it is sent."""
    found, lines, rows, hint = view.found, list[Line](), list[Row](), ""
    hears: Callable[[str], Action] | None = None
    when = wording.moment(found.sent_at, view.now) if found.sent_at else "还没有提出"
    lines.append((f"{found.by}（{when}）", found.text))
    if found.sent_at is None and view.may_send:
        lines.append(Invitation("请核对。要改，请重新输入。提出后不能撤回，党总支马上收到。"))
        rows.append((Button("确认提出", SendObjection(found.id), main=True),))
        branch, term = found.branch.id, found.term_id
        hears, hint = (lambda text: TypedObjection(branch, term, text)), "可重新输入"
    elif found.answered_at is not None:
        lines.append(
            (f"答复 {found.answered_by}（{wording.moment(found.answered_at, view.now)}）", found.answer)
        )
    elif view.may_answer:
        if found.answer:
            lines.append((f"答复 {found.answered_by}（还没有发出）", found.answer))
            rows.append((Button("确认答复", SendAnswer(found.id), main=True),))
        number = found.id
        hears, hint = (lambda text: TypedAnswer(number, text)), "请输入答复"
        again = (
            "要改，请重新输入；发出后不能撤回。"
            if found.answer
            else "请直接输入答复；确实有误的，先更正再答复。"
        )
        lines.append(Invitation(again))
    elif found.sent_at is not None:
        lines.append(view.why_not or "党总支还没有答复。")
    if view.of_committee:
        rows.append(
            (
                Button("看结果", Result(found.branch.id, found.term_id)),
                Button("全部异议", Objections(found.term_id)),
            )
        )
        amends = view.may_answer and view.sheet
        rows.append(back(AmendItems(view.sheet), "更正") if amends else home_row())
    else:
        rows.append(back(Result(found.branch.id, found.term_id), "看结果"))
    return Message(
        title=f"异议 · {found.branch.name}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=ShowObjection(found.id),
        hears=hears,
        hint=hint,
    )


# --- 更正 ---------------------------------------------------------------------------------------------------------


def amend_items(file: SheetFile) -> Message:
    """Which mark is to be amended."""
    marks = file.sheet.marks
    buttons = [
        Button(f"第 {item.number} 项 {plain(marks[item.number].points)}", AmendItem(file.id, item.number))
        for item in file.sheet.edition.items
        if item.number in marks
    ]
    return Message(
        title=f"更正 · {file.branch.name}",
        lines=(
            ("学期", file.term.name),
            "公布后的更正是一项决定：改前改后、原因和决定人都会记下，并告诉这个支部和党总支。",
            "更正哪一项？",
        ),
        rows=(*grid(buttons, 3), back(Result(file.branch.id, file.term.id), "看结果")),
        here=AmendItems(file.id),
    )


def amend_item(file: SheetFile, number: int) -> Message:
    """What an item should be worth."""
    item, mark, edition = file.sheet.edition.item(number), file.sheet.marks[number], file.sheet.edition
    worth = {edition.points(number, grade): grade for grade in edition.shares}
    buttons = [
        Button(f"{grade.word} {wording.points(points)}", AmendTo(file.id, number, int(points * 100)))
        for points, grade in sorted(worth.items(), reverse=True)
        if points != mark.points
    ]
    return Message(
        title=f"更正 第 {number} 项 {item.title}",
        lines=(
            ("支部", file.branch.name),
            (
                "现在",
                f"{mark.grade.word} {wording.points(mark.points)}{f'（{mark.reason}）' if mark.reason else ''}",
            ),
            f"应为多少分？点一个，或直接输入 0–{plain(item.points)} 的分数。",
        ),
        rows=(*grid(buttons, 2), back(AmendItems(file.id), "选别的项")),
        here=AmendItem(file.id, number),
        hears=lambda text: TypedAmended(file.id, number, text),
        hint="例如：3.5",
    )


def amend_to(file: SheetFile, number: int, hundredths: int, change: str) -> Message:
    """Why an item should be worth that."""
    return Message(
        title=f"更正 第 {number} 项 {file.sheet.edition.item(number).title}",
        lines=(
            ("支部", file.branch.name),
            ("更正", change),
            Invitation("请输入原因和依据，会一起告诉支部。"),
        ),
        rows=(back(AmendItem(file.id, number), "改分数"),),
        here=AmendTo(file.id, number, hundredths),
        hears=lambda text: TypedAmendment(file.id, number, hundredths, text),
        hint="例如：复核手册，补计一人",
    )


def amendment(file: SheetFile, found: Amendment, after: Sheet, now: datetime) -> Message:
    """An amendment, to be decided, with what becomes of the total; or as it was decided."""
    before, then = stars.result(file.sheet), stars.result(after)
    lines: list[Line] = [
        ("项目", f"第 {found.item} 项 {file.sheet.edition.item(found.item).title}"),
        ("更正", _change(found)),
        ("原因", found.reason),
    ]
    rows: list[Row] = []
    if found.decided_at is None:
        lines.append(("总分", f"{_worth(before)} → {_worth(then)}"))
        lines.append("确认后马上生效，不能撤回；支部和党总支都会收到。")
        rows.append((Button("确认更正", Amend(found.id), main=True),))
    else:
        lines.append(("决定", f"{found.by} {wording.moment(found.decided_at, now)}"))
        lines.append(("总分", _worth(before)))
    rows.append(back(AmendItems(file.id), "更正其他项"))
    return Message(
        title=f"更正 · {file.branch.name}", lines=tuple(lines), rows=tuple(rows), here=ShowAmendment(found.id)
    )
