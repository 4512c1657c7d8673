"""邮件提醒: the screen on which an address is given, and what a day's mail says."""

import re
from collections.abc import Sequence
from datetime import date

from bot.actions import ByMail, MailCode, NoMail, Preferences, TypedMail
from bot.message import Button, Invitation, Line, Message, Row
from bot.screens import duties as tasks
from bot.screens import wording
from bot.screens.layout import back
from bot.values import Group, Mailbox, Owing
from jobs.duties.catalogue import Duty

_LINK = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)\S+", re.IGNORECASE)
_ONE_A_DAY = "一天最多一封，只写工作名称和日期，点里面的链接回到这里办理。"


def by_mail(box: Mailbox | None, sentence: str = "") -> Message:
    """Where my mail goes, or what is to be typed so that it goes somewhere; `box` is None where no mail is sent."""
    if box is None:
        lines: tuple[Line, ...] = ("本单位没有开通邮件提醒。想让手机自己响，可以用「日历订阅」。",)
        return Message(title="邮件提醒", lines=lines, rows=(back(Preferences(), "提醒设置"),), here=ByMail())
    says, rows, hint = _says(box)
    rows.append(back(Preferences(), "提醒设置"))
    return Message(
        title="邮件提醒",
        lines=((sentence,) if sentence else ()) + says,
        rows=tuple(rows),
        here=ByMail(),
        place="「提醒设置」—「邮件提醒」",
        hears=TypedMail,
        hint=hint,
    )


def _says(box: Mailbox) -> tuple[tuple[Line, ...], list[Row], str]:
    """What stands on the screen, its buttons, and what may be typed there."""
    gone = Button("不用邮件提醒", NoMail(), short="不用邮件")
    if box.asked and box.asked_refused:
        return (
            (
                ("邮箱", box.asked),
                "这个邮箱拒收，验证码没有送到。",
                Invitation("请核对地址后再输入一次，或换一个邮箱。"),
            ),
            [(gone,)],
            "请输入邮箱地址",
        )
    if box.asked:
        sent = "验证码已发到这个邮箱" if box.asked_sent else "验证码正在发到这个邮箱，一般一分钟内收到"
        return (
            (
                ("邮箱", box.asked),
                Invitation(f"{sent}，30 分钟内有效。请输入邮件里的 6 位数字。"),
                "没有收到，请看看垃圾箱；地址写错了，请重新输入地址。",
            ),
            [(Button("重新发送", MailCode()), gone)],
            "请输入 6 位验证码",
        )
    if box.address and box.refused:
        return (
            (
                ("邮箱", box.address),
                "这个邮箱拒收提醒邮件，已经停用。请看看邮箱是不是满了或停用了。",
                Invitation("邮箱好了请点「重新验证」；要换，请输入新的地址。"),
            ),
            [(Button("重新验证", MailCode(), main=True), gone)],
            "请输入邮箱地址",
        )
    if box.address:
        return (
            (
                ("邮箱", box.address),
                f"提醒会发到这个邮箱，{_ONE_A_DAY}在会响的聊天里收到了的，不再发邮件。",
                Invitation("要换一个，请输入新的地址。"),
            ),
            [(gone,)],
            "请输入邮箱地址",
        )
    return (
        (
            f"填一个邮箱，网页没打开时也能知道有提醒。{_ONE_A_DAY}",
            "QQ 邮箱、163 邮箱的手机应用来信会响，QQ 邮箱还可以在微信里提醒。",
            Invitation("请输入您的邮箱地址，会先发一个验证码核对。"),
        ),
        [],
        "请输入邮箱地址",
    )


# What is mailed -----------------------------------------------------------------------------------------------


PUBLISHED = "{}的评定结果已公布"
OBJECTED = "有支部对{}的评定结果提出异议"
ANSWERED = "对{}评定结果的异议已答复"
AMENDED = "{}的评定结果有更正"
"""What a letter says of the results of a term: no number, and no branch."""
PLAN_OWED = "按{}的评定结果，本支部需要制定整改措施"
PLAN_HANDED_IN = "有支部提交了{}的整改措施，等待审核"
PLAN_RETURNED = "党总支退回了{}的整改措施，需要修改后再提交"
PLAN_ACCEPTED = "党总支同意了{}的整改措施"
GUIDED = "党总支对{}的整改写了指导意见"
MEASURE_CLOSED = "有支部报{}的一条整改措施已完成，等待销号"
MEASURE_ACCEPTED = "{}的一条整改措施已经销号"
MEASURE_RETURNED = "党总支退回了{}的一条整改措施"
PLAN_DONE = "{}的整改措施全部销号，整改完成"
"""What it says of 整改: neither why nor what."""


def letter(
    told: Sequence[tuple[Owing, Duty]],
    late: Sequence[tuple[str, Group, Duty]],
    news: Sequence[str],
    today: date,
) -> Message:
    """A day's mail: what is to be done and on which day, what there is to see of a term's results, and nothing else.

    It has no buttons: nobody presses there.
    """
    own = dict.fromkeys((_plain(tasks.title(owed, duty)), _day(owed, duty, today)) for owed, duty in told)
    theirs = dict.fromkeys((_plain(name), _day(group, duty, today)) for name, group, duty in late)
    lines: list[Line] = [f"{said}，请打开网页查看。" for said in dict.fromkeys(news)]
    lines += own
    if theirs:
        lines += ["各支部还没完成的：", *theirs]
    return Message(title=f"{wording.day(today)}工作提醒", lines=tuple(lines))


def _day(owed: Owing | Group, duty: Duty, today: date) -> str:
    overdue = "，已超期" if owed.by < today else ""
    return f"{wording.day(owed.due)}{'开展' if duty.held else '截止'}{overdue}"


def _plain(title: str) -> str:
    """A title on one line, in which nothing leads away from us."""
    return " ".join(_LINK.sub("（链接请在网页里看）", title).split())
