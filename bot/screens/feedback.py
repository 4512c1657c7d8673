"""The screens of 意见: telling the administrator something, the inbox, one of them and its answer."""

from collections.abc import Sequence

from bot.actions import (
    AnswerOpinion,
    Feedback,
    Inbox,
    OlderInbox,
    OpinionCard,
    SendFeedback,
    TypedAnswerToOpinion,
    fingerprint,
)
from bot.message import Button, Line, Message, Row
from bot.permissions import Me
from bot.screens import wording
from bot.screens.layout import back, column, grid, home_row, turning
from bot.values import Opinion, Page

BRIEF = 12  # characters of a text on a button


def feedback(me: Me, own: Sequence[Opinion]) -> Message:
    """Ask for a message to the administrator; one's own last ones are there with what was answered."""
    return Message(
        title="提意见",
        lines=("请直接输入您的意见或遇到的问题，管理员会看到，并可以答复。",),
        rows=(
            *column(
                Button(f"{n}. {_state(one)}：{wording.short(one.text, BRIEF)}", OpinionCard(one.id))
                for n, one in enumerate(own, start=1)
            ),
            home_row(),
        ),
        here=Feedback(),
        hears=SendFeedback,
        hint="请输入意见",
    )


def _state(one: Opinion) -> str:
    return "已答复" if one.answered_at else "没有答复"


def inbox(me: Me, committee: str, committee_id: int, before: int, found: Page[Opinion]) -> Message:
    """A page of what people told the administrator, newest first; the pages on either side go by their numbers."""

    def to(number: int) -> Inbox | OlderInbox:
        return OlderInbox(committee_id, number) if number else Inbox(committee_id)

    lines: list[Line] = [
        (f"{n}. {one.name} {wording.moment(one.at, me.now)}{'（已答复）' * bool(one.answered_at)}", one.text)
        for n, one in enumerate(found.shown, start=1)
    ]
    ways = [
        Button(f"{'看' if one.answered_at else '答复'} {n}", OpinionCard(one.id))
        for n, one in enumerate(found.shown, start=1)
    ]
    return Message(
        title=f"意见箱 · {committee}",
        lines=tuple(lines) or ("没有更早的意见。" if before else "还没有意见。",),
        rows=(*grid(ways, 4), *turning(found, to), home_row(main=True)),
        here=to(before),
    )


def opinion(me: Me, one: Opinion, *, answers: bool) -> Message:
    """One of them; `answers`: whoever looks is the administrator, who answers it."""
    lines: list[Line] = [
        ("意见", one.text),
        ("提出", f"{one.name} {wording.moment(one.at, me.now)}"),
    ]
    rows: list[Row] = []
    open_to_answer = answers and one.answered_at is None
    if one.answered_at is not None:
        lines += [
            ("答复", one.answer),
            ("答复的同志", f"{one.answered_by} {wording.moment(one.answered_at, me.now)}"),
        ]
    elif answers and one.answer:
        lines += [("准备答复", one.answer), "还没有发出。要改，请重新输入。"]
        rows.append((Button("发出答复", AnswerOpinion(one.id, fingerprint(one.answer)), main=True),))
    elif answers:
        lines.append("请输入答复，核对后再发。")
    else:
        lines.append("还没有答复；答复了会通知您。")
    rows.append(back(Inbox(one.committee_id), "意见箱") if answers else back(Feedback(), "提意见"))
    return Message(
        title="意见",
        lines=tuple(lines),
        rows=tuple(rows),
        here=OpinionCard(one.id),
        hears=(lambda text: TypedAnswerToOpinion(one.id, text)) if open_to_answer else None,
        hint="请输入答复" if open_to_answer else "",
    )
