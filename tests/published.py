"""A term that is evaluated, published, objected to and amended, as those do it who take part."""

from bot import actions
from bot.dialogue.mailing import MAILED, letter
from bot.dialogue.work import Work
from bot.message import plain
from bot.permissions import Rater
from bot.store import sheets
from scoring.rubric import Grade
from tests.phone import Phone, World
from tests.wire import Clockwork

STARS = {"常营": "合" * 24, "劲松": "优" * 24, "双龙": "合" * 23 + "不", "新源里": "优" * 12 + "合" * 12}
TOTALS = {"常营": "80 分", "劲松": "100 分", "双龙": "76.8 分", "新源里": "90.4 分"}


def evaluate(world: World, branch: int, grades: str, *, submits: bool = True, who: str = "member") -> None:
    """A member marks every item of a branch's sheet and submits it."""
    me = world.me(who)
    with world.database.write() as session:
        number = sheets.begin(
            session, branch_id=world.branches[branch].id, term=world.terms[0], rater=Rater.COMMITTEE
        )
        file = sheets.open_file(session, number, to_write=True)
        after = file.sheet
        for item, word in enumerate(grades, start=1):
            after = after.graded(item, Grade.read(word) or Grade.FAILED)
        file = sheets.save(session, me=me, file=file, after=after)
        if submits:
            sheets.submit(session, me=me, file=file)


def evaluated(world: World, **otherwise: str) -> World:
    """A world whose branches are all evaluated."""
    for branch, grades in enumerate({**STARS, **otherwise}.values()):
        evaluate(world, branch, grades)
    return world


def published(world: World) -> Phone:
    """The administrator publishes this term."""
    evaluated(world)
    return world.phone("administrator").say("公布").tap("确认公布")


def objected(world: World) -> Phone:
    """The secretary of 双龙 objects."""
    published(world)
    return world.phone("secretary of 双龙").say("结果").tap("提出异议").say("第24项有记录").tap("确认提出")


def amended(world: World, worth: str = "合格", who: str = "administrator") -> Phone:
    """Somebody amends the last item of 双龙."""
    file = world.sheet(2, Rater.COMMITTEE)
    assert file is not None
    phone = world.phone(who).press(actions.AmendItem(file.id, 24))
    phone = phone.say(worth) if worth[0].isdecimal() else phone.tap(worth)
    return phone.say("复核记录齐全")


def heard(clockwork: Clockwork, who: str) -> str:
    """All that arrived in somebody's chat."""
    return "\n".join(plain(message) for message in clockwork.wire.at(World.PERSONAS[who]))


def mailed(world: World, who: str, *told: actions.Action) -> tuple[object, ...]:
    """What the letter of a day with these notices says to somebody."""
    with world.database.read() as session:
        said = letter(Work(session, world.me(who), world.evidence, lambda _: []), told)
    assert all(isinstance(action, MAILED) for action in told)
    return said.lines if said else ()
