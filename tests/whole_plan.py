"""整改 as steps that every channel must carry: from three stars to the last 销号, and what came of it in the next term.

The next term is marked on paper: the form is printed, edited, sent back, and saved.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO

from openpyxl import load_workbook

from bot.permissions import Rater, Role
from jobs import reminders
from tests.archived import Archived
from tests.audit import AT, NAMES, SECRETARIES, Audit, N, Notices, Somebody, agree, go
from tests.conftest import Clock
from tests.on_paper import Papers
from tests.phone import World, code_for, picture
from tests.published import evaluate
from tests.reckoning import OF, WORDS, Mark, marks, said, worked_out
from tests.whole_term import RATED, SUBMITS, called, line

OWN, BRANCH = SECRETARIES[2], 2
FAILED, PASSED = (3, 4, 9, 11), 7  # 双龙 has three stars, and two weak categories
GRADES = "".join("不" if n in FAILED else "合" if n == PASSED else "优" for n in OF)
AGAIN = 4  # it fails once more
FileOf = Callable[[Somebody], bytes]
Sends = Callable[[Somebody, str, bytes], object]
Stands = dict[tuple[int, Rater, int], dict[int, Mark]]


def evaluated(world: World) -> None:
    """The committee has evaluated all branches, and published nothing; one of it joins 双龙, too."""
    for branch, grades in enumerate((*RATED[:2], GRADES, RATED[3])):
        evaluate(world, branch, grades)
    world.phone("other member").say(code_for(world, Role.OFFICER, world.branches[BRANCH].id))


def whole_plan(
    world: World,
    clock: Clock,
    somebody: Callable[[str], Somebody],
    *,
    file_of: FileOf,
    sends: Sends,
    notices: Notices | None = None,
    in_detail: bool = True,
) -> None:
    """Everybody's steps; every number on a screen and in a file is worked out again from the history.

    `file_of`: takes the file that comes with somebody's screen. `sends`: sends a file. `notices`: where notices come by
    themselves. `in_detail`: whether 排名 and 支部情况 of the next term are gone through as well.
    """
    own, member, other, administrator = map(somebody, (OWN, "member", "other member", "administrator"))
    go(administrator, "公布", ">确认公布")
    reminders.tick(world.database, clock())
    _plan(world, own, member, administrator, notices)
    papers = Papers(world)
    _carry_out(world, clock, own, member, other, notices, sends)
    plan(world, go(member, "双龙整改"))
    for kind in ("台账 Excel", "Word 文件"):
        go(member, *(("整改台账",) if "Excel" in kind else ()), f">{kind}")
        papers.register(file_of(member))
    go(member, "打印", ">打包下载")
    go(member, called(member, "下载"))
    kept = Archived(world).archive(file_of(member))
    assert kept[f"材料/{world.branches[BRANCH].name}/整改/附件1 记录.png"] == picture(5)

    clock.forward(days=23)  # the third day of a next term that nobody has set
    go(administrator, "首页", ">设置下学期", ">确认新增")
    clock.forward(days=112)  # its self-evaluation has begun
    _mark_on_paper(world, own, member, file_of, sends)
    for branch, grades in enumerate((*RATED[:2], "", RATED[3])):
        if grades:
            go(member, f"评价{NAMES[branch]}", line(grades), *SUBMITS)
    plan(world, go(own, "整改"), term=1)  # what is not published is not told, neither here nor in a file
    go(own, "打印")
    go(own, called(own, "Excel"))
    Papers(world).form(file_of(own), BRANCH, own=True)
    audit = Audit(world)
    if in_detail:
        audit.table(member)
    go(administrator, "公布", ">确认公布")
    audit.result(own, go(own, "结果"), BRANCH)
    if in_detail:
        audit.profile(member, BRANCH)
    assert f"整改前后（{world.terms[0].name}总支评价）" in plan(world, go(own, "上学期整改"), term=1)


# --- the plan, and its measures -------------------------------------------------------------------------------------


def plan(world: World, text: str, term: int = 0) -> str:
    """What 整改 of 双龙 says of the published result, and of the next one where it is told; the same text."""
    sheet = worked_out(world, BRANCH, term=term)
    weak = [name for name, one in sheet.categories.items() if one.weak]
    agree(re.findall(rf"原因{AT}(.*)", text), [f"评为{WORDS[sheet.stars]}；{'、'.join(weak)}薄弱"])
    lost = {n: of - sheet.points[n] for n, of in OF.items() if sheet.points[n] < of}
    wanted = sorted(lost.items(), key=lambda one: (-one[1], one[0]))
    agree(
        re.findall(rf"(\d+)\. 第 (\d+) 项 \S+?（(合格|不合格)，扣 {N} 分）", text),
        [
            (str(n), str(item), "合格" if sheet.points[item] else "不合格", said(gone))
            for n, (item, gone) in enumerate(wanted, start=1)
        ],
    )
    if term:
        now = marks(world, BRANCH, Rater.COMMITTEE if world.terms[0].published else Rater.SELF)
        agree(
            re.findall(rf"第 (\d+) 项{AT}{N} → {N} 分(，再次)?", text),
            [
                (str(n), said(sheet.points[n]), said(now[n].points), "，再次" * (now[n].points < OF[n]))
                for n in sorted(lost)
            ],
        )
    return text


def _plan(
    world: World, own: Somebody, member: Somebody, administrator: Somebody, notices: Notices | None
) -> None:
    """It is drafted, returned, mended, agreed with, and guided."""
    if notices:
        assert "写整改措施" in notices(OWN)
    go(own, "整改", ">采用全部 5 条建议")
    plan(world, own.text)
    go(own, ">第 1 条", "宣传委员，1月15日前")
    agree(re.findall(rf"责任人{AT}(.*)\n整改时限{AT}(.*)", own.text), [("宣传委员", "1月15日前")])
    go(own, ">两周内", ">删除", ">恢复这条", ">全部措施", ">提交整改", ">确认提交")
    assert "确认提交" not in own.labels
    plan(world, go(member, "整改台账", ">双龙校区"))
    go(member, ">退回", "第 2 条写具体些", ">确认退回")
    assert "对照要求整改" not in member.text, "what is returned is the branch's own again"
    if notices:
        assert "党总支退回了整改措施：第 2 条写具体些" in notices(OWN)
    assert "第 2 条写具体些" in go(own, "整改")
    go(own, ">第 2 条", "每周五查一次台账，月底讲评", ">全部措施", ">提交整改", ">确认提交")
    assert "每周五查一次台账，月底讲评" in plan(world, go(administrator, "双龙整改"))
    go(administrator, ">同意", ">写指导意见", "先补记录，再讲评", ">发给支部")
    if notices:
        assert "党总支对整改有指导意见：先补记录，再讲评" in notices(OWN)
    assert "先补记录，再讲评" in plan(world, go(own, "整改"))
    assert "同意" not in own.labels


def _carry_out(
    world: World,
    clock: Clock,
    own: Somebody,
    member: Somebody,
    other: Somebody,
    notices: Notices | None,
    sends: Sends,
) -> None:
    """The branch reports and closes each measure, and somebody else accepts it."""
    clock.forward(days=35)
    reminders.tick(world.database, clock())
    assert "第 2 次整改，2月11日" in go(own, "待办") + "".join(own.labels)
    go(own, "整改", ">第 1 条", "计划和总结已补交")
    assert "2月11日" not in go(own, "待办") + "".join(own.labels), "what was reported is the month's report"
    go(own, "整改", ">第 1 条")
    sends(own, "记录.png", picture(5))
    go(own, ">已完成，报总支销号")
    assert "同意销号" not in own.labels
    if notices:
        assert "双龙校区党支部报一条整改措施已完成" in notices("member")
    go(member, "双龙整改", ">第 1 条", ">退回", "缺总结", ">确认退回")
    assert "缺总结" in go(own, "整改", ">第 1 条")
    go(own, "总结也已补交", ">已完成，报总支销号")
    go(other, "首页", "双龙整改", ">第 1 条")  # who sits in the branch and in the committee
    assert "同意销号" not in other.labels, "nobody answers for a branch they sit in"
    go(other, ">全部措施", ">第 2 条", "每周五都查了", ">已完成，报总支销号")
    assert "同意销号" not in other.labels, "nor what they closed"
    for n in range(1, 6):
        if n > 2:
            go(own, "整改", f">第 {n} 条", f"第 {n} 条做完了", ">已完成，报总支销号")
        assert "同意销号" not in own.labels
        go(member, "双龙整改", f">第 {n} 条")
        assert "已完成，报总支销号" not in member.labels
        go(member, ">同意销号")
    assert member.toast == "已销号，整改全部完成"
    if notices:
        assert "整改措施全部销号，整改完成。" in notices(OWN)
    assert "双龙校区：" in go(member, "整改台账").replace("\n", "：")
    assert "全部销号" in member.text


# --- the next term, on paper ----------------------------------------------------------------------------------------


def stands(world: World) -> Stands:
    """Every mark of every sheet, as the database has it."""
    every = (
        (branch, rater, term) for branch in range(4) for rater in Rater for term in range(len(world.terms))
    )
    found = {key: file.sheet.marks for key in every if (file := world.sheet(*key))}
    return {k: {n: Mark(mark.points, mark.reason) for n, mark in v.items()} for k, v in found.items() if v}


def filled_in(data: bytes, wanted: dict[int, Mark], rater: Rater) -> bytes:
    """A form in which somebody wrote the points of these items into the columns of a rater, and why."""
    book, out = load_workbook(BytesIO(data)), BytesIO()
    for n, mark in wanted.items():
        full, less = ("F", "G") if rater is Rater.SELF else ("H", "I")
        sheet, row, all_of_it = book.worksheets[0], n + 4, mark.points == OF[n]
        sheet[f"{full}{row}"] = float(mark.points) if all_of_it else None
        sheet[f"{less}{row}"] = None if all_of_it else float(mark.points)
        sheet[f"J{row}"] = mark.reason or None
    book.save(out)
    return out.getvalue()


def _save(
    world: World, who: Somebody, data: bytes, wanted: dict[int, Mark], rater: Rater, sends: Sends
) -> None:
    """A form is sent back: what it would change is shown, and this and nothing else is saved by the button."""
    before = stands(world)
    sends(who, "测评表.xlsx", filled_in(data, wanted, rater))
    told = re.findall(rf"(?m)^(\d+) \S+?{AT}.*→ (?:优秀|合格|不合格) {N} 分(?:（(.*)）)?$", who.text)
    agree(told, [(str(n), said(mark.points), mark.reason) for n, mark in wanted.items()])
    agree(stands(world), before)
    go(who, ">保存")
    key = BRANCH, rater, 0
    agree(stands(world), {**before, key: {**before.get(key, {}), **wanted}})
    agree(marks(world, BRANCH, rater), stands(world)[key])


def _mark_on_paper(world: World, own: Somebody, member: Somebody, file_of: FileOf, sends: Sends) -> None:
    """自评 and 总支评价 of 双龙: printed, filled in, sent back."""
    papers, failed = Papers(world), Decimal("2.5")
    go(own, "打印")
    go(own, called(own, "Excel"))
    blank = file_of(own)
    papers.form(blank, BRANCH, own=True)
    go(own, "首页")
    _save(world, own, blank, {3: Mark(OF[3], ""), 4: Mark(failed, "完成率 85%（缺一项）")}, Rater.SELF, sends)
    assert "上学期整改" in go(own, "自评", "第3项")
    go(own, "自评", "其余优秀", ">保存")
    assert "上学期整改（再次）" in go(own, "第4项")
    go(own, ">总览", ">提交", ">确认提交")
    plan(world, go(own, "整改"), term=1)
    go(own, "打印")
    go(own, called(own, "Excel"))
    papers.form(file_of(own), BRANCH, own=True)
    go(own, called(own, "Word"))
    papers.form(file_of(own), BRANCH, own=True)
    go(member, "打印双龙测评表")
    go(member, called(member, "Excel"))
    data = file_of(member)
    papers.form(data, BRANCH, own=False)
    rated = {n: Mark(OF[n], "") for n in OF} | {
        AGAIN: Mark(Decimal(4), ""),
        9: Mark(Decimal("4.5"), "谈心记录缺 1 份"),
    }
    _save(world, member, data, rated, Rater.COMMITTEE, sends)
    go(member, ">提交", ">确认提交")
    go(member, "打印双龙测评表")
    go(member, called(member, "Word"))
    papers.form(file_of(member), BRANCH, own=False)
