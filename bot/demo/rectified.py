"""整改 in the demo: a plan of the year before, wholly closed, and one of last term that is under way."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from bot.permissions import Me
from bot.store import duties, rectifications
from bot.store.database import Session
from bot.values import Branch, Term


@dataclass(frozen=True, slots=True)
class Planned:
    """A measure, and how it went; all days are counted back from today.

    `report` was given and the measure closed on the day `closed` (None: not yet); the committee answered on `answered`
    (None: not yet), and sent it back where there is a `reply`.
    """

    item: int
    text: str
    post: str
    due: int
    report: str = ""
    closed: int | None = None
    answered: int | None = None
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the committee advised (指导意见), and the measures of the branch."""

    guidance: str
    measures: tuple[Planned, ...]


_CLOSED = (
    Planned(
        7,
        "每月底检查一次《党员手册》，没有填的当面提醒；期末逐本讲评。",
        "组织委员",
        185,
        "每月底检查一次，期末 18 本收齐 16 本，逐本讲评。",
        190,
        186,
    ),
    Planned(
        11,
        "党费每月 10 日前收齐；党员信息有变动的，当月报党总支。",
        "组织委员",
        220,
        "三个月都按时收齐上缴，党员信息表已与总支核对。",
        224,
        221,
    ),
    Planned(
        19,
        "书记每月到年级组听一次意见，能办的当月答复。",
        "支部书记",
        195,
        "听意见 4 次，答复 12 条，年级组没有再反映的问题。",
        199,
        196,
    ),
    Planned(
        23,
        "定两个党员示范岗，学期末汇总获奖和课题。",
        "全体支委",
        170,
        "示范岗已定，课题已申报，这学期还没有获奖。",
        174,
        171,
    ),
)
CLOSED = Plan("党费和手册是硬要求，请书记亲自抓；获奖慢慢来。", _CLOSED)
"""Of 双龙, whose marks of last term show what became of it: two items are 优秀 now, two are not."""

_UNDER_WAY = (
    Planned(
        7,
        "收齐没有交的 3 本《党员手册》，逐本检查，支部会上讲评。",
        "组织委员",
        -2,
        "3 本已收齐，都检查过了，支部会上讲评了。",
        3,
        2,
    ),
    Planned(
        12,
        "补齐组织生活会的党员个人总结和整改措施。",
        "支部书记",
        -2,
        "18 份个人总结收齐，整改措施已写进支部手册。",
        3,
        2,
    ),
    Planned(
        8,
        "主题党日提前一周定好主题和地点，每学期安排一次志愿服务。",
        "宣传委员",
        -9,
        "以后三次的主题和地点都定了，志愿服务安排在社区图书角。",
        1,
    ),
    Planned(
        6,
        "统计缺席三次以上的党员，书记逐一谈话。",
        "支部书记",
        -9,
        "谈过话了。",
        2,
        1,
        "请写明谈了几人，附上谈话记录。",
    ),
    Planned(10, "列出每名党员联系的群众和学生，定好帮扶计划。", "青年委员", 1),
)
UNDER_WAY = Plan("先把手册和组织生活会的材料补齐，再抓出勤。有困难随时找总支。", _UNDER_WAY)
"""Of 新源里: two measures accepted, one reported and waiting, one sent back, one overdue."""


def ago(me: Me, days: int, at: time = time(16, 30)) -> Me:
    """Somebody as they were, so many days ago."""
    return replace(me, now=datetime.combine(me.now.date() - timedelta(days=days), at, me.now.tzinfo))


def carry_out(
    session: Session, secretary: Me, member: Me, branch: Branch, term: Term, course: Plan, since: int
) -> None:
    """A plan that is owed is submitted and agreed with, so many days ago; then its measures go their way."""
    plan = rectifications.begin(session, branch=branch, term=term)
    me, answers = ago(secretary, since), ago(member, since, time(17, 10))
    for one in course.measures:
        due = secretary.now.date() - timedelta(days=one.due)
        said = [(one.item, one.text)]
        rectifications.add_measures(session, me=me, plan=plan, said=said, post=one.post, due=due)
    rectifications.change(session, me=me, plan=plan, submitted_at=me.now, submitted_by=me.person_id)
    owed = duties.of_branch(session, branch_id=branch.id, term_id=term.id)
    asked = next((one for one in owed if one.duty == "rectification"), None)
    if asked is not None:  # the first asks for the plan, the others for its progress
        duties.close(session, me=me, owed=asked, answer="")
    advised = {"guidance": course.guidance, "guided_by": answers.person_id}
    rectifications.change(session, me=answers, plan=plan, **advised)
    agreed = {"accepted_at": answers.now, "accepted_by": answers.person_id}
    rectifications.change(session, me=answers, plan=plan, **agreed)
    _follow(session, secretary, member, plan.id, course.measures)


def _follow(session: Session, secretary: Me, member: Me, plan_id: int, planned: Sequence[Planned]) -> None:
    """What was reported and answered, day by day."""
    told = [(one.closed, False, n) for n, one in enumerate(planned) if one.closed is not None]
    told += [(one.answered, True, n) for n, one in enumerate(planned) if one.answered is not None]
    for days, answers, n in sorted(told, key=lambda step: (-step[0], step[1], step[2])):
        plan, one = rectifications.one(session, plan_id), planned[n]
        measure = plan.measures[n]
        me = ago(member if answers else secretary, days)
        if not answers:
            said = {"report": one.report, "reported_at": me.now}
            rectifications.change_measure(session, me=me, plan=plan, measure=measure, **said)
            done = {"closed_at": me.now, "closed_by": me.person_id}
            rectifications.change_measure(session, me=me, plan=plan, measure=measure, **done)
        elif one.reply:
            back = {"closed_at": None, "closed_by": None, "reply": one.reply, "returned_at": me.now}
            rectifications.change_measure(session, me=me, plan=plan, measure=measure, **back)
        else:
            done = {"accepted_at": me.now, "accepted_by": me.person_id}
            rectifications.change_measure(session, me=me, plan=plan, measure=measure, **done)
