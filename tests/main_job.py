"""The main job as a list of steps that every channel must carry: join by code, a mark for each item, submit, stars."""

from collections.abc import Iterator

from bot.permissions import Role
from scoring.numerals import plain
from scoring.rubric import Edition, Grade, read_edition
from tests.phone import World, code_for


def invited(world: World, branch: int = 3) -> str:
    """A secretary's invitation code for the n-th branch of the demo, whose sheet is not begun."""
    return code_for(world, Role.SECRETARY, world.branches[branch].id)


def main_job(code: str, edition: Edition | None = None) -> Iterator[tuple[str, str, str]]:
    """(verb, what, what the screen says then): four taps more than items after joining, and a remark that is no score.

    The edition is the school's, unless another is named.
    """
    edition = edition or read_edition("jinsong_2017")
    last = len(edition.items)
    yield "say", code, "这个月三件事"
    yield "tap", "首页", "您好"
    yield "tap", "开始自评", f"第 1 项 · {edition.item(1).title}"
    yield "say", "3人请假", "第 1 项 · 这句话怎么记？"
    yield "tap", "写进备注", f"第 1 项 · {edition.item(1).title}"
    for item in edition.items:
        grade = Grade.PASSED if item.number % 3 == 0 else Grade.EXCELLENT
        label = f"{grade.word} {plain(edition.points(item.number, grade))}"
        following = (
            "总览"
            if item.number == last
            else f"第 {item.number + 1} 项 · {edition.item(item.number + 1).title}"
        )
        yield "tap", label, following
    yield "tap", "提交", "提交支部自评"
    yield "tap", "确认提交", "总览"
    yield "tap", "看结果", "五星"


def check_stored(world: World) -> None:
    """What the main job leaves in the database."""
    file = world.sheet(3)
    assert file is not None
    assert file.sheet.submitted
    assert file.written[1].note == "3人请假"
    assert {n: int(m.grade) for n, m in file.sheet.marks.items()} == {
        n: 1 if n % 3 == 0 else 2 for n in range(1, 25)
    }
