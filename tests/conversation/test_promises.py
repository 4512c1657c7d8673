"""Nothing promises what is not there: each button, screen and word that a text names can be found by whoever reads it.

What there is, is collected by walking through every screen of every role; what is promised, from the source and from
all that was said on these walks and in the permission matrix.
"""

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot import actions
from bot.dialogue.words import command
from bot.message import Message, Reply, plain
from bot.permissions import Me, Role
from tests.conftest import Clock, sqlite_database
from tests.conversation.test_permissions import DECISIONS, Stage, outcome
from tests.phone import World, code_for
from tests.walking import Walk

ROOT = Path(__file__).parents[2]
WAYS = r"(?:点|在|到|用|从|打开|选|选择|输入|(?<!只)写|发|看|按|找|回)"  # what is said before the name of what is there
PROMISE = re.compile(rf"{WAYS}(?:页面上方的)?((?:「[^」]*」(?:或|、|和)?)+)")
TYPED = re.compile(r"可输入：([\u4e00-\u9fff、]+)$")
NAME = re.compile(r"「([^」]*)」")
WHOM = r"(?:发出它的同志|管理员|总支委员|支部书记|支委|党总支|总支|同志)"
DEED = re.compile(
    rf"(?:由|请|联系|告诉){WHOM}(?:[和或、]{WHOM})*(?:先|再|用)?(?:在「[^」]*」里)?([\u4e00-\u9fff]{{2}})"
)
ASKING = re.compile(r"(?:联系|告诉|找|向|请)(?:系统)?管理员")

# Names that are no button, title or word of ours, each with the reason why they may be named all the same.
ELSEWHERE = {
    "复制": "the phone's own menu over a text",
    "日历": "the phone's own app, and our button to it",
    "添加日历": "a menu of the phone's calendar",
    "添加订阅日历": "a menu of the phone's calendar",
    "订阅": "a menu of the phone's calendar",
    "通过网址添加": "a menu of the phone's calendar",
    "换个身份": "a link at the top of the demo's page: test_the_link_of_the_demo_is_there",
    "换一个人加入": "a button of the page that opens a link: test_the_ways_of_a_link_are_there",
    "恢复": "a word that 提醒设置 hears: test_the_words_that_one_screen_hears_are_heard",
    "前": "written behind a day: test_the_words_that_one_screen_hears_are_heard",
    "{}": "named by a value; what it names is checked where it is said, on the walks",
    "早上{}": "an hour, not a name",
    "打开": "our button to a notice that stands beside another screen: test_a_notice_beside_another_screen_opens",
}

# Names that the guide uses for buttons whose labels hold a name or a number, or stand on a page outside the chat.
IN_THE_GUIDE = {
    "全部": "with the number of branches, where these are many",
    "下一个支部": "with its name, once an evaluation is submitted and another branch waits: test_evaluating.py",
    "加入": "on the page of a link",
    "以某某的身份加入": "on the page of a link, with somebody's name",
    "以某某的身份继续": "on the page of a link, with somebody's name",
    "第几项": "with a number",
    "写整改措施": "where a published result asks for it: test_rectifying.py",
    "还缺：……": "what a card says, with what is missing",
    "@机器人 排名": "typed in a group: test_wecom.py",
    "已在下面打开": "what a card of WeCom says that could not be changed any more: test_wecom_faults.py",
    "在企业微信里试用": "a link on the demo's page: test_wecom_demo.py",
    "更多": "on a card of WeCom with more than six buttons: test_wecom_cards.py",
    "重试": "on the chat page, where something was not sent",
}

# What somebody is said to do, and the button by which they do it, where that has another name.
BUTTONS = {
    "设置": "工作安排",
    "发出": "邀请人员",
    "查看": "意见箱",
    "交办": "交办任务",
    "填写": "台账",
    "填报": "待办",
    "设定": "工作安排",
    "发给": "邀请人员",
    "决定": "",  # outside: whether there are party groups
}

# Who is told to turn to the administrator is none, for the reason given.
TO_OTHERS = {
    "需要调整的，请用「提意见」告诉管理员": "said by `arrange` to who is no administrator",
    "请管理员先设置": "said to a member; an administrator is shown the button",
}


# --- what is promised in the source -----------------------------------------------------------------------------


def texts() -> Iterator[tuple[str, str]]:
    """Every text of the program with Chinese in it, and where it stands; a value in it is {}."""
    for room in ("bot", "jobs", "scoring"):
        for path in sorted((ROOT / room).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from _texts(path)
    for duty in tomllib.loads((ROOT / "jobs/duties/duties.toml").read_text(encoding="utf-8"))["duties"]:
        yield f"duties.toml {duty['key']}", duty.get("decision", "")
    for path in sorted((ROOT / "bot/channels/web/page").glob("*.[jh][st]*")):
        yield path.name, path.read_text(encoding="utf-8")


def _texts(path: Path) -> Iterator[tuple[str, str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            inner.add(id(node.value))  # what is written for programmers
        elif isinstance(node, ast.JoinedStr):
            inner |= {id(part) for part in node.values}
    for node in ast.walk(tree):
        where = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.JoinedStr):
            parts = [str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values]
            yield where, "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            yield where, node.value


def promised(text: str) -> Iterator[tuple[str, str]]:
    """The names that a text says are there, and for whom: a kind of seat; empty for who reads it."""
    for found in PROMISE.finditer(text):
        clause = re.split(r"[，。；：]", text[: found.start()])[-1]
        whom = next((kind for word, kind in SEATS.items() if word in clause), "")
        yield from ((name, whom) for name in NAME.findall(found[1]))
    for words in TYPED.findall(text):
        yield from ((word, "") for word in words.split("、"))


# --- what there is ----------------------------------------------------------------------------------------------


@dataclass
class There:
    """What somebody of each role was shown and told: the labels of buttons by role, and all that was said."""

    me: dict[str, Me]
    labels: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    said: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def show(self, who: str, reply: Reply) -> None:
        """Remember an answer."""
        for message in (reply.screen, reply.receipt):
            if message is not None:
                self.labels[who] |= {bare(button.label) for button in message.buttons}
                self.said[who] |= set(_sentences(message))
        self.said[who].add(reply.toast)

    def has(self, who: str, name: str) -> bool:
        """Whether somebody finds a button of this name, or can type it anywhere."""
        return (
            any(name == label or name in label.split() for label in self.labels[who])
            or command(self.me[who], name) is not None
        )


def kind(who: str) -> str:
    """The kind of seat of a persona."""
    return next(kind for kind in KINDS if who.startswith(kind) or kind in who)


def bare(label: str) -> str:
    """A label without the signs before it."""
    return label.lstrip("⭐️✓")


def _sentences(message: Message) -> Iterator[str]:
    yield from plain(message).split("\n")
    yield message.hint


SEATS = {"管理员": "administrator", "总支委员": "member", "支部书记": "secretary"}
KINDS = ("secretary", "officer", "member", "administrator", "stranger")


@pytest.fixture(scope="module")
def there(walked: Walk, tmp_path_factory: pytest.TempPathFactory) -> There:
    """Everybody walked everywhere, and everything was tried by everybody."""
    folder = tmp_path_factory.mktemp("promises")
    found = There({who: walked.me[who] for who in KINDS})
    names = {address: who for who, address in World.PERSONAS.items()} | {
        "elsewhere": "secretary",
        "joined": "officer",
        "publisher": "administrator",
        "hears": "secretary",
        **{f"left {who}": "officer" for who in (0, 1, 2, 3, "with a phone")},
    }
    for event, reply in walked.answers:
        found.show(kind(names.get(event.address, "stranger")), reply)
    matrix = World(sqlite_database(folder / "matrix.db", "demo"), folder, Clock())
    stage = Stage(matrix)
    for _, make in DECISIONS.values():
        for who in KINDS[:-1]:
            for action in (make(stage.own), make(stage.missing)):
                shown: list[str] = []
                outcome(stage, who, action, shown)
                found.said[who] |= {line for text in shown for line in text.split("\n")}
    return found


# --- the tests --------------------------------------------------------------------------------------------------

pytestmark = pytest.mark.slow


def test_every_name_in_a_text_is_a_button_or_a_word_of_somebody(there: There) -> None:
    wrong = [
        f"{where}: 「{name}」 in {text[:60]}"
        for where, text in texts()
        for name, _ in promised(text)
        if name not in ELSEWHERE and not any(there.has(who, name) for who in KINDS)
    ]
    assert not wrong, "\n".join(wrong)


def test_every_name_in_the_guide_is_a_button_or_a_word_of_somebody(there: There) -> None:
    guide = (ROOT / "docs/guide.zh.md").read_text(encoding="utf-8")
    names = {name for line in guide.splitlines() for name, _ in promised(line)} - ELSEWHERE.keys()
    assert {name for name in names if not any(there.has(who, name) for who in KINDS)} == set(IN_THE_GUIDE)


def test_whoever_is_told_a_name_finds_it(there: There) -> None:
    wrong = [
        f"{who}: 「{name}」 in {text[:60]}"
        for who in KINDS
        for text in sorted(there.said[who])
        for name, whom in promised(text)
        if name not in ELSEWHERE and not there.has(whom or who, name)
    ]
    assert not wrong, "\n".join(wrong)


def test_what_somebody_is_said_to_do_has_its_button(there: There) -> None:
    wrong = []
    every = {label for who in KINDS for label in there.labels[who]}
    for where, text in texts():
        for deed in DEED.findall(text):
            name = BUTTONS.get(deed, deed)
            if name and not any(name in label for label in every):
                wrong.append(f"{where}: {deed} in {text[:60]}")
    assert not wrong, "\n".join(wrong)


def test_an_administrator_is_never_sent_to_the_administrator(there: There) -> None:
    said = [text for text in there.said["administrator"] if ASKING.search(text)]
    assert not said, "\n".join(said)
    wrong = [
        f"{where}: {text[:80]}"
        for where, text in texts()
        if ASKING.search(text) and not any(known in text for known in TO_OTHERS)
    ]
    assert not wrong, "\n".join(wrong)


def test_each_exception_is_needed() -> None:
    every = [text for _, text in texts()]
    names = {name for text in every for name, _ in promised(text)}
    assert ELSEWHERE.keys() - names == set()
    assert all(any(known in text for text in every) for known in TO_OTHERS)
    deeds = {deed for text in every for deed in DEED.findall(text)}
    assert BUTTONS.keys() - deeds == set()


# --- what is named by an exception, and where a person of another kind reads the same -----------------------------


def test_the_words_that_one_screen_hears_are_heard(desk: World) -> None:
    phone = desk.phone("secretary").say("首页").tap("提醒设置").say("到1月3日")
    assert "静音" in phone.text
    assert phone.say("恢复").toast == "已恢复提醒"
    member = desk.phone("member").say("首页").tap("交办任务").say("1月5日开会，1月8日交小结")
    assert "写「前」" in member.toast
    assert "1月8日" in member.say("1月5日开会，1月8日前交小结").text


def test_the_ways_of_a_link_are_there(desk: World) -> None:
    code = code_for(desk, Role.SECRETARY, desk.branches[0].id)
    offer = desk.conversation.offer("web", "demo-3", code, network="", expired=False)
    assert "请选「换一个人加入」" in str(offer.lines)
    assert "换一个人加入" in {way.label for way in offer.ways}


def test_the_link_of_the_demo_is_there() -> None:
    assert "换个身份</a>" in (ROOT / "bot/channels/web/pages.py").read_text(encoding="utf-8")


def test_a_notice_beside_another_screen_opens(desk: World) -> None:
    task = desk.phone("secretary").say("待办").tap("学期总结").screen
    assert "打开" in [button.label for button in task.aside("请点「打开」").buttons]


def test_the_committee_is_told_of_what_it_has(desk: World) -> None:
    for action in (actions.Reminder(20270301, 20270228), actions.Finished(desk.branches[0].id)):
        phone = desk.phone("member").press(action)
        assert "待办" not in phone.toast
        assert "再点「改」" not in phone.text
