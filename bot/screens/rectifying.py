"""整改: a branch's plan, what is proposed for it, the committee's answer, and the 整改台账 of a term."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from bot.actions import (
    AcceptPlan,
    AskGuidance,
    AskReturnPlan,
    AskSubmitPlan,
    MeasureCard,
    NewMeasure,
    Proposals,
    Rectify,
    Register,
    RegisterFile,
    RestoreMeasure,
    Result,
    ReturnPlanFor,
    SendGuidance,
    Standings,
    SubmitPlan,
    TakeProposals,
    TypedGuidance,
    TypedMeasure,
    TypedPlanReply,
)
from bot.message import Button, Invitation, Line, Message, Row
from bot.permissions import Me, Rater
from bot.screens import wording
from bot.screens.layout import back, column, grid, home_row, part, turning
from bot.screens.measures import drafted, headed, lost, state
from bot.screens.paper import KINDS
from bot.values import Branch, Measure, Rectification, Term
from scoring.numerals import plain
from scoring.rectification import Problem, named
from scoring.rubric import Grade
from scoring.sheet import Mark

LISTED = 40  # measures in the lines of one screen
PAGE = 8  # plans of the 整改台账 on a page
OFFERED = 5  # proposals on a page: their words are long
ACROSS = 4  # buttons of measures in a row
USUAL = "支部书记、一个月内"


def because(plan: Rectification) -> str:
    """Why a plan is owed: 三星；党员教育管理薄弱."""
    edition, why = plan.term.table, plan.reasons
    said = [f"评为{wording.star(why.stars)}"] if why.stars else []
    said += [f"{'、'.join(named(edition, why))}薄弱"] if why.weak else []
    return "；".join(said)


def asked_for_more(plan: Rectification) -> str:
    """Why a plan goes back after its result was corrected; its reasons are those that are new."""
    return f"结果更正后，增加了「{because(plan)}」，请补充措施再提交。"


def stands(plan: Rectification) -> str:
    """How far a plan is."""
    if plan.done:
        return "全部销号"
    if plan.accepted:
        cleared = sum(one.accepted for one in plan.measures)
        waiting = sum(one.closed and not one.accepted for one in plan.measures)
        return f"已销号 {cleared}/{len(plan.measures)}" + (f"，待销号 {waiting}" if waiting else "")
    if plan.handed_in:
        return "已提交，等总支审核"
    return "已退回，等支部修改" if plan.returned_at else "还没有提交"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """A plan for whoever looks, and which of its steps are theirs.

    `proposed`: what its measures may still answer. `unset`: of how many measures a post or a day is not set. `after`:
    the marks of the term that followed, its name, and whose they are.
    """

    plan: Rectification
    edits: bool
    submits: bool
    reviews: bool
    of_committee: bool = False
    revision: int = 0
    proposed: Sequence[Problem] = ()
    unset: int = 0
    after: tuple[str, Rater, Mapping[int, Mark]] | None = None


def plan(me: Me, view: PlanView) -> Message:
    """A plan: why it is owed, how far it is, its measures, and what can be done with it now."""
    found, today = view.plan, me.now.date()
    lines: list[Line] = [("学期", found.term.name)]
    if found.reasons:
        lines.append(("原因", because(found)))
    elif found.term.published:
        lines.append("这个学期的结果没有要求整改；支部可以自己定措施。")
    else:
        lines.append("结果还没有公布。现在可以先记下措施，公布后再提交。")
    if found.guidance:
        lines.append(("指导意见", f"{found.guidance}（{found.guide}）"))
    if found.reasons or found.handed_in or found.returned_at:
        lines.append(("现在", stands(found)))
    if found.returned_at and not found.handed_in:
        lines.append(("退回的原因", found.reply))
    lines += _measures(view, today)
    if view.edits and view.proposed:
        lines.append(
            f"对照没有达到的要求，还有 {len(view.proposed)} 条建议；采用后责任人和时限先定为{USUAL}，都可以再改。"
        )
    if view.after:
        lines += _before_and_after(found, view.after)
    return Message(
        title=f"整改 · {found.branch.name}",
        lines=tuple(lines),
        rows=(*_rows(view), *_buttons(view, today), _ways(view)),
        here=Rectify(found.branch.id, found.term.id),
    )


def _measures(view: PlanView, today: date) -> list[Line]:
    found = view.plan
    if not found.measures:
        unseen = view.of_committee and not found.handed_in
        return ["支部提交以后，才能看到措施。" if unseen else "还没有措施。"]
    lines: list[Line] = []
    for n, one in enumerate(found.measures[:LISTED], start=1):
        how = lost(found, one)
        said = f"{wording.short(one.text, 60)}｜{one.post or '责任人没定'}｜{state(found, one, today)}"
        hint = "（总支建议）" * one.suggested
        lines.append((f"{n}. {headed(found, one)}{f'（{how}）' if how else ''}{hint}", said))
    return lines


def _before_and_after(found: Rectification, after: tuple[str, Rater, Mapping[int, Mark]]) -> list[Line]:
    """The points of the items then and in the term that followed; 再次 where one fails again."""
    name, rater, marks = after
    lines: list[Line] = []
    for number in sorted({one.item for one in found.measures if one.item in marks and one.mark}):
        then = next(one.mark for one in found.measures if one.item == number)
        now = marks[number]
        again = "，再次" if now.grade is not Grade.EXCELLENT else ""
        if then is not None:
            lines.append((f"第 {number} 项", f"{plain(then.points)} → {wording.points(now.points)}{again}"))
    return [f"整改前后（{name}{rater.word}）：", *lines] if lines else []


def _rows(view: PlanView) -> list[Row]:
    found, rows = view.plan, list[Row]()
    where = (found.branch.id, found.term.id)
    if view.edits and view.proposed:
        first = not found.measures
        rows.append(
            (
                Button(
                    f"采用全部 {len(view.proposed)} 条建议",
                    TakeProposals(*where, 0),
                    main=first,
                    short="全部采用",
                ),
                Button("逐条选", Proposals(*where, 0)),
            )
        )
    elif view.edits and view.unset:
        rows.append((Button(f"没定的都定为{USUAL}", TakeProposals(*where, 0), short="都定下来"),))
    if view.edits:
        rows.append((Button("写一条措施", NewMeasure(*where), short="写措施"),))
        if view.submits and found.measures and found.term.published:
            rows[-1] = (Button("提交整改", AskSubmitPlan(found.id), main=True), *rows[-1])
        if found.dropped:
            rows.append(
                (Button("恢复刚删除的一条", RestoreMeasure(_last_dropped(found).id), short="恢复一条"),)
            )
    if view.reviews and found.handed_in and not found.accepted:
        rows.append(
            (
                Button("同意", AcceptPlan(found.id, view.revision), main=True),
                Button("退回", AskReturnPlan(found.id)),
            )
        )
    if view.reviews and found.id and found.term.published:
        asks = "指导意见还没有发出" if found.advice else "写指导意见"
        rows.append((Button(asks, AskGuidance(found.id), short="指导意见"),))
    return rows


def _last_dropped(found: Rectification) -> Measure:
    return max(found.dropped, key=lambda one: (one.dropped_at is not None and one.dropped_at, one.id))


def _buttons(view: PlanView, today: date) -> list[Row]:
    """A button for each measure, by the number that its line has; the first that waits for the reader stands out."""
    shown = view.plan.measures[:LISTED]
    first = next((one.id for one in shown if _waits(view, one, today)), 0)
    ways = [
        Button(f"第 {n} 条", MeasureCard(one.id), main=one.id == first)
        for n, one in enumerate(shown, start=1)
    ]
    return grid(ways, ceil(len(ways) / ceil(len(ways) / ACROSS))) if ways else []


def _waits(view: PlanView, one: Measure, today: date) -> bool:
    """Whether it is for whoever looks to go on with a measure: to accept it, or to do what is returned or overdue."""
    if not view.plan.accepted or one.accepted:
        return False
    return one.closed if view.reviews else not one.closed and (one.returned_at is not None or one.late(today))


def _ways(view: PlanView) -> Row:
    found = view.plan
    if view.of_committee and found.term.published:
        return back(Register(found.term.id, 0), "整改台账")
    return back(Result(found.branch.id, found.term.id), "看结果")


def proposals(found: Rectification, proposed: Sequence[Problem], number: int) -> Message:
    """What the measures may say, item by item, the largest loss first."""
    page = part(proposed, number, OFFERED, OFFERED) if proposed else None
    where = (found.branch.id, found.term.id)
    shown = page.shown if page else ()
    lines: list[Line] = [
        (
            f"第 {one.item.number} 项 {one.item.title}（{one.grade.word}，扣 {plain(one.lost)} 分）",
            wording.short(drafted(one), 120),
        )
        for one in shown
    ]
    rows = column(
        Button(
            f"采用第 {one.item.number} 项 {one.item.title}",
            TakeProposals(*where, one.item.number),
            main=not n,
        )
        for n, one in enumerate(shown)
    )
    turns = turning(page, lambda to: Proposals(*where, to)) if page else []
    return Message(
        title=f"整改建议 · {found.branch.name}",
        lines=tuple(lines) or ("没有更多的建议了。",),
        rows=(*rows, *turns, back(Rectify(*where), "全部措施", main=not rows)),
        here=Proposals(*where, 0 if page is None or page.newer is None else page.newer + 1),
    )


def new_measure(branch: Branch, term: Term) -> Message:
    """Ask for a measure in one's own words."""
    return Message(
        title=f"写一条整改措施 · {branch.name}",
        lines=(
            ("学期", term.name),
            Invitation("请直接输入：要解决什么问题，准备怎么做。责任人和时限下一步再定。"),
        ),
        rows=(back(Rectify(branch.id, term.id), "全部措施"),),
        here=NewMeasure(branch.id, term.id),
        hears=lambda text: TypedMeasure(branch.id, term.id, text),
        hint="请输入措施",
    )


def ask_submit(found: Rectification, revision: int, today: date) -> Message:
    """All measures once more before they are submitted."""
    lines: list[Line] = [
        (
            f"{n}. {headed(found, one)}",
            f"{wording.short(one.text, 60)}｜{one.post}｜{state(found, one, today)}",
        )
        for n, one in enumerate(found.measures[:LISTED], start=1)
    ]
    return Message(
        title=f"提交整改 · {found.branch.name}",
        lines=(*lines, "提交后党总支马上收到；没有答复以前不能再改。"),
        rows=(
            (Button("确认提交", SubmitPlan(found.id, revision), main=True),),
            back(Rectify(found.branch.id, found.term.id), "再改改"),
        ),
        here=AskSubmitPlan(found.id),
    )


def return_plan(found: Rectification, reason: int) -> Message:
    """Why a plan is returned, to be typed and confirmed; `reason`: its fingerprint."""
    rows: list[Row] = [back(Rectify(found.branch.id, found.term.id))]
    lines: list[Line] = [("学期", found.term.name)]
    if found.reply:
        lines += [("退回的原因", found.reply), Invitation("请核对。要改，请重新输入。")]
        rows.insert(0, (Button("确认退回", ReturnPlanFor(found.id, reason), main=True),))
    else:
        lines.append(Invitation("请直接输入退回的原因：哪一条要改，怎么改。输入后还会请您核对。"))
    return Message(
        title=f"退回整改 · {found.branch.name}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=AskReturnPlan(found.id),
        hears=lambda text: TypedPlanReply(found.id, text),
        hint="请输入退回的原因",
    )


def guidance(found: Rectification, seen: int) -> Message:
    """The committee's 指导意见, to be typed and confirmed; `seen`: the fingerprint of what was typed."""
    rows: list[Row] = [back(Rectify(found.branch.id, found.term.id))]
    lines: list[Line] = [("学期", found.term.name)]
    lines += [("现在的指导意见", f"{found.guidance}（{found.guide}）")] if found.guidance else []
    if found.advice:
        lines += [("要发的指导意见", found.advice), Invitation("请核对。要改，请重新输入。")]
        rows.insert(0, (Button("发给支部", SendGuidance(found.id, seen), main=True),))
    else:
        again = "发出后替换现在的。" if found.guidance else ""
        lines.append(Invitation(f"请直接输入。输入后还会请您核对。{again}"))
    return Message(
        title=f"指导意见 · {found.branch.name}",
        lines=tuple(lines),
        rows=tuple(rows),
        here=AskGuidance(found.id),
        hears=lambda text: TypedGuidance(found.id, text),
        hint="请输入指导意见",
    )


def register(term: Term, plans: Sequence[Rectification], number: int, today: date) -> Message:
    """整改台账: all plans of a term with how far they are, what is overdue first."""
    ordered = sorted(plans, key=lambda one: (-one.late(today), one.done, one.handed_in, one.branch.id))
    page = part(ordered, number, PAGE, PAGE) if ordered else None
    shown = page.shown if page else ()
    lines: list[Line] = []
    for one in shown:
        late = f"🔴 超期 {one.late(today)} 条，" if one.late(today) else ""
        why = f"{because(one)}；" if one.reasons else ""
        lines.append((_brief(one), f"{late}{why}{stands(one)}"))
    rows = column(
        Button(_brief(one), Rectify(one.branch.id, term.id), main=not n) for n, one in enumerate(shown)
    )
    turns = turning(page, lambda to: Register(term.id, to)) if page else []
    files = (
        [tuple(Button(f"台账 {kind}", RegisterFile(term.id, n), short=kind) for n, kind in enumerate(KINDS))]
        if rows
        else []
    )
    return Message(
        title=f"整改台账 · {term.name}",
        lines=tuple(lines) or ("这个学期没有支部需要整改。",),
        rows=(*rows, *turns, *files, (Button("看排名", Standings(term.id)), *home_row(main=not rows))),
        here=Register(term.id, 0 if page is None or page.newer is None else page.newer + 1),
    )


def _brief(found: Rectification) -> str:
    return found.branch.name.removesuffix("党支部")
