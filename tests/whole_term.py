"""A whole term as steps that every channel must carry: evaluated, returned, published, objected to and corrected."""

from collections.abc import Callable, Sequence

from bot.permissions import Rater
from tests.audit import NAMES, SECRETARIES, Audit, Notices, Somebody, go
from tests.phone import World
from tests.reckoning import Sheet, said, worked_out

SELF = ("优" * 24, "优合" * 12, "", "合" * 24)  # 双龙校区 has submitted before
RATED = ("优" * 23 + "合", "优合" * 12, "合" * 23 + "不", "合" * 24)
SUBMITS = (">保存", ">提交", ">确认提交")


def called(phone: Somebody, part: str) -> str:
    """The step that presses the first button with this in its label."""
    return ">" + next(label for label in phone.labels if part in label)


def line(grades: str) -> str:
    """What is typed to give each item its grade."""
    return " ".join(f"{number}{grade}" for number, grade in enumerate(grades, start=1))


def worth(sheet: Sheet) -> str:
    """90.6 分."""
    return f"{said(sheet.total)} 分"


def whole_term(
    world: World,
    somebody: Callable[[str], Somebody],
    *,
    follows: Callable[[Somebody, str], object] | None = None,
    notices: Notices | None = None,
    in_detail: Sequence[int] = range(4),
) -> None:
    """Every number that a screen says is worked out again from the history.

    `follows`: waits until an open page says something by itself, where pages do. `in_detail`: of which branches every
    screen is looked at.
    """
    audit = Audit(world)
    secretaries = [somebody(who) for who in SECRETARIES]
    member, other, administrator = (somebody(who) for who in ("member", "other member", "administrator"))
    for branch, (own, grades) in enumerate(zip(secretaries, SELF, strict=True)):
        if grades:
            go(own, "自评", line(grades), *SUBMITS)
            audit.result(own, go(own, "结果"), branch)

    go(member, "退回劲松", "7 缺会议记录", "8 没有照片", ">确认退回 2 项")
    assert go(secretaries[1], "首页", ">改自评").count("缺会议记录") == 1
    assert "没有照片" in go(secretaries[1], "合格")
    go(secretaries[1], "不合格", ">提交", ">确认提交")
    audit.result(secretaries[1], go(secretaries[1], "结果"), 1)
    assert "退回后改了什么" in go(member, "评价劲松", ">总览")

    go(member, "评价常营")
    go(other, "评价常营")
    seen = called(other, "合格")
    go(member, called(member, "不合格"))
    if follows:
        follows(other, "不合格 0 分")
    else:
        assert "不合格 0 分" in go(other, seen), (
            "what another one gave meanwhile is shown before it is replaced"
        )
    for branch, grades in enumerate(RATED):
        go((member, other)[branch % 2], f"评价{NAMES[branch]}", line(grades), *SUBMITS)
    audit.table(member)

    audit.worths(go(administrator, "公布"), *range(4))
    go(administrator, ">确认公布")
    for branch, own in enumerate(secretaries):
        told = go(own, "结果")
        mine = {worth(worked_out(world, branch, rater)) for rater in Rater}
        assert not [
            total for n in range(4) if (total := worth(worked_out(world, n))) not in mine and total in told
        ]
        audit.result(own, told, branch)
        if notices:
            audit.worths(notices(SECRETARIES[branch]).partition("结果公布")[2], branch)

    go(secretaries[2], "结果", ">提出异议", "第 24 项有记录，请复核", ">确认提出")
    go(other, "异议")  # who did not evaluate that branch
    go(other, called(other, "双龙"), "复核了，记录齐全", ">确认答复")
    go(secretaries[2], "结果")
    assert "复核了，记录齐全" in go(secretaries[2], called(secretaries[2], "异议"))
    before = worth(worked_out(world, 2))
    go(other, "双龙")
    assert "打开评价表" in other.labels
    go(other, ">更正")
    go(other, called(other, "24"))
    go(other, called(other, "合格"), "复核记录齐全")
    assert before in other.text
    go(other, ">确认更正")
    assert worth(worked_out(world, 2)) != before
    audit.result(secretaries[2], go(secretaries[2], "结果"), 2)
    assert "更正" in secretaries[2].text
    audit.committee(member, in_detail)

    go(administrator, "公布", ">各支部可以看什么", ">看星级、总分和名次")
    audit.announced(go(administrator, "公示"))
    audit.worths(go(secretaries[0], "结果", ">看各支部"), *sorted(range(4), key=by_place(world)))


def by_place(world: World) -> Callable[[int], tuple[object, ...]]:
    """The order of the table."""
    return lambda n: (-worked_out(world, n).total, NAMES[n])
