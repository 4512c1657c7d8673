"""The main job, as a person does it: join by a code, 24 taps, submit, stars."""

from bot.permissions import Rater
from scoring.rubric import Grade
from tests.phone import Phone, World


def test_a_secretary_joins_by_code_marks_24_items_submits_and_sees_the_stars(world: World) -> None:
    admin = world.phone("administrator").say("我的职务").tap("邀请人员").tap("新源里").tap("支部书记")
    code = next(line[1] for line in admin.screen.lines if line[0] == "邀请码")

    phone = Phone(world.conversation, "a new phone", name="新书记").say(f"/start {code}")
    assert phone.reply.receipt is not None
    assert "加入成功" in phone.reply.receipt.title

    assert phone.screen.title.startswith("这个月三件事")
    phone.tap("首页").tap("开始自评")
    for number in range(1, 25):
        assert phone.screen.title.startswith(f"第 {number} 项")
        phone.tap("优秀" if number % 2 else "合格")
        assert phone.toast.startswith(f"第 {number} 项 已存")
    phone.tap("提交").tap("确认提交")

    assert phone.reply.receipt is not None
    assert "五星" in str(phone.reply.receipt.lines)
    phone.tap("看结果")
    assert "五星" in phone.text
    stored = world.sheet(3)
    assert stored is not None
    assert stored.sheet.submitted
    assert stored.submitted_by == "新书记"
    assert {n: m.grade for n, m in stored.sheet.marks.items()} == {
        n: Grade.EXCELLENT if n % 2 else Grade.PASSED for n in range(1, 25)
    }


def test_a_submitted_sheet_is_read_only(world: World) -> None:
    phone = world.phone("secretary of 双龙")
    before = world.sheet(2)
    assert before is not None
    from bot.actions import Card, Mark, Note, Undo

    for action in (Mark(before.id, 1, 0), Note(before.id, 1), Undo(before.id, before.last_change)):
        phone.press(action)
        assert "已提交，不能再改" in phone.toast
    phone.press(Card(before.id, 1))
    assert not any(word in label for label in phone.labels for word in ("优秀", "合格", "备注", "撤销"))
    assert world.sheet(2) == before


def test_a_member_evaluates_a_branch_beside_its_self_evaluation(world: World) -> None:
    phone = world.phone("member").say("首页").tap("评价 双龙校区党支部 0/24")
    assert "自评" in phone.text
    for _ in range(24):
        phone.tap("合格")
    phone.tap("提交").tap("确认提交")
    rated = world.sheet(2, Rater.COMMITTEE)
    assert rated is not None
    assert rated.sheet.submitted
    assert rated.sheet.total == 80
    assert "第 1 名 双龙校区：80 分 ★★★★" in phone.say("排名").text
