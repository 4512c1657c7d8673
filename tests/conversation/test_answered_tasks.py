"""What a branch answers to a given task, in words and files, and how the committee reads it where the task is."""

import pytest

from bot.actions import Meant, ShowAssignment, Task, TaskFile
from bot.store import assignments
from tests.conversation.test_assigning import OWN, give, tasks
from tests.conversation.test_bad_input import kept
from tests.phone import PNG, Phone, World, picture


def opened(world: World, branch: int = 3, who: str = OWN) -> Phone:
    return world.phone(who).press(Task(tasks(world, branch)[0].id))


def test_a_text_is_the_answer_when_it_is_confirmed(world: World) -> None:
    plan = give(world)
    phone = opened(world).say("名单已放在办公系统里，共 3 人")
    assert "作为这项任务的答复交上去" in phone.text
    assert not tasks(world)[0].done
    phone.tap("对，交上去")
    assert "已完成" in phone.toast
    assert "记下的是：名单已放在办公系统里，共 3 人" in phone.text
    member = world.phone("member").press(ShowAssignment(plan))
    assert "新源里校区党支部：名单已放在办公系统里，共 3 人" in member.text
    assert "记下的是：名单已放在办公系统里" in member.tap("看新源里校区党支部").text
    assert member.tap("看各支部").screen.here == ShowAssignment(plan)


@pytest.mark.parametrize("text", ["好的", "收到", "谢谢", "知道了", "123", "？"])
def test_a_mere_word_of_thanks_is_no_answer(desk: World, text: str) -> None:
    give(desk)
    phone = opened(desk)
    before = kept(desk)
    phone.say(text)
    assert phone.toast.startswith(("好的", "不客气", "没看懂"))
    assert kept(desk) == before


def test_a_word_that_means_something_everywhere_is_no_answer(desk: World) -> None:
    give(desk)
    assert opened(desk).say("待办").screen.title.startswith("待办")


def test_a_text_is_put_right_by_another_one(world: World) -> None:
    give(world)
    phone = opened(world).say("我支部无人报名").tap("对，交上去").say("我支部 1 人报名")
    assert "记下的是：我支部无人报名" not in phone.text
    phone.tap("对，交上去")
    assert "记下的是：我支部 1 人报名" in phone.text


def test_files_and_what_is_written_beside_them_are_opened_where_the_task_is(world: World) -> None:
    plan = give(world)
    phone = opened(world).attach("小结.png", PNG, caption="工会活动小结，请审阅")
    assert "已完成" in phone.text
    assert "记下的是：工会活动小结，请审阅" in phone.text
    phone.attach("照片.png", picture(7))
    assert "材料：2 份" in phone.text
    member = world.phone("other member").press(ShowAssignment(plan))
    assert "新源里校区党支部：工会活动小结，请审阅，2 份材料" in member.text
    member.tap("看新源里校区党支部").tap("1. 小结.png")
    assert member.screen.attachment is not None
    assert member.screen.attachment.name == "小结.png"
    assert "新源里校区党支部" in member.text
    assert member.tap("返回").screen.title.startswith("交办：")


def test_a_file_with_words_that_say_something_lacks_leaves_it_open(desk: World) -> None:
    plan = give(desk)
    phone = opened(desk).attach("小结.png", caption="还差一份照片")
    assert not tasks(desk)[0].done
    assert "材料：1 份" in phone.text
    assert "1 份材料" in desk.phone("member").press(ShowAssignment(plan)).text


def test_nobody_else_opens_it(world: World) -> None:
    give(world)
    opened(world).attach("小结.png")
    task = tasks(world)[0].id
    file = world.phone(OWN).press(Task(task)).tap("1. 小结.png").screen.here
    assert isinstance(file, TaskFile)
    assert world.phone("member").press(file).screen.here == file
    for who in ("secretary of 劲松", "secretary", "stranger"):
        assert world.phone(who).press(file).screen.attachment is None
    other = tasks(world, 1)[0].id
    forged = world.phone("secretary of 劲松").press(TaskFile(other, file.evidence))
    assert forged.screen.attachment is None


def test_a_file_that_was_removed_from_its_item_is_no_answer_any_more(world: World) -> None:
    plan = give(world)
    opened(world).attach("小结.png")
    phone = world.phone(OWN).say("自评").say("目录").say("4").tap("依据").tap("1.").tap("移除这份材料")
    assert "已移除" in phone.toast
    assert "份材料" not in world.phone("member").press(ShowAssignment(plan)).text


def test_the_same_file_answers_two_tasks(world: World) -> None:
    give(world)
    give(world, "12月31日前交照片")
    first, second = tasks(world)
    for task in (first, second):
        phone = world.phone(OWN).press(Task(task.id)).attach("小结.png")
        assert "材料：1 份" in phone.text


def test_a_choice_pressed_again_changes_nothing(world: World) -> None:
    give(world)
    phone = opened(world).say("名单见附件").tap("对，交上去")
    before = kept(world)
    phone.press(Meant(tasks(world)[0].id, 0, 0, 0))
    assert kept(world) == before


def test_what_the_committee_reads_costs_one_query_for_all_answers(world: World) -> None:
    plan = give(world)
    opened(world).attach("小结.png")
    with world.database.read() as session:
        asked = assignments.asked(session, assignments.one(session, plan))
    assert [one.files for one in asked] == [0, 0, 0, 1]
