"""The pictures of the guide, taken anew by `python -m tests.pictures`: the demo on loopback, a phone before it."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from PIL import Image
from playwright.sync_api import Browser

from bot import demo
from bot.channels.web.pages import Persona
from bot.channels.wecom.demo import Demo
from bot.store import schema
from bot.store.database import Database
from bot.store.weblog import WebLog
from scoring.review import Electorate
from tests.browser import Phone, serving, web_app
from tests.chromium import chromium
from tests.paper.forms import changed
from tests.phone import World
from tests.voting import codes, opened
from tests.wecom_page import Chat

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
NOW = datetime(2026, 12, 28, 9, 5, tzinfo=ZoneInfo("Asia/Shanghai"))
SIZE, SHARP = (390, 844), 1.5  # a phone in CSS pixels, and how many pixels of a picture each of them is
COLOURS, NEAR = 40, 6  # of a picture, so that it is small; how near two of them may be
# Where pictures are taken there is seldom a font of emoji: the signs are drawn as phones show them.
DRAWN = """() => {
  const colours = { "🔴": "#d3302f", "🟠": "#f28c28", "🟡": "#f2c230", "🟢": "#3a9d4a" };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (texts.nextNode()) if (/[🔴🟠🟡🟢📎✅]/u.test(texts.currentNode.data)) found.push(texts.currentNode);
  for (const text of found) {
    text.replaceWith(...text.data.replace("📎 ", "").split(/(🔴|🟠|🟡|🟢|✅)/u).map((part) => {
      const sign = document.createElement("span");
      if (part === "✅") {
        sign.textContent = "✔";
        sign.style.color = colours["🟢"];
        return sign;
      }
      if (!(part in colours)) return part;
      sign.style.cssText = "display:inline-block;width:.9em;height:.9em;border-radius:50%;vertical-align:-.08em";
      sign.style.backgroundColor = colours[part];
      return sign;
    }));
  }
}"""


@dataclass(frozen=True)
class Picture:
    """A picture: its file, whose screen it is, and what is done before it is taken: typed, or (>) pressed.

    `sends`: the cells of the form of Excel that are filled in, and sent, at last. `wecom`: in the demo of WeCom.
    `votes`: on the page where people vote, in a round that is opened for it.
    """

    name: str
    who: str
    steps: tuple[str, ...] = ()
    sends: tuple[tuple[str, float | str], ...] = ()
    wecom: bool = False
    votes: bool = False


PICTURES = (
    Picture("home", "新源里校区书记"),
    Picture("card", "新源里校区书记", (">开始自评", "第7项")),
    Picture("overview", "常营主校区书记", (">继续填报", ">总览")),
    Picture(
        "sent-back",
        "常营主校区书记",
        ("打印",),
        (("F17", 5.0), ("F18", 4.0), ("G19", 3.5), ("J19", "缺一次记录")),
    ),
    Picture("plan", "双龙校区书记", ("整改",)),
    Picture("measure", "双龙校区书记", ("整改", ">采用全部 22 条建议", ">第 1 条")),
    Picture("register", "总支委员甲", ("整改台账",)),
    Picture("closing", "总支委员甲", ("整改台账", ">新源里校区", ">第 3 条")),
    Picture("standings", "总支委员甲", ("上学期排名",)),
    Picture("chart", "总支委员甲", ("上学期双龙雷达图",)),
    Picture("publishing", "管理员", ("公布",)),
    Picture("download", "总支委员甲", ("上学期打包下载", ">下载")),
    Picture("ballot", "群众", votes=True),
    Picture("wecom-home", "新源里校区书记", wecom=True),
    Picture("wecom-card", "新源里校区书记", ("第7项",), wecom=True),
    Picture("wecom-words", "新源里校区书记", ("文字模式", "第7项"), wecom=True),
)


@contextmanager
def tried(folder: Path) -> Iterator[tuple[World, str]]:
    """The demo, and the address at which it can be tried."""
    database = Database(f"sqlite:///{folder / 'demo.db'}")
    schema.migrate(database)
    demo.build(database, NOW)
    world = World(database, folder, lambda: NOW)
    people, bind = partial(demo.personas, database), partial(demo.bind, database, NOW, channel="wecom")
    wecom = Demo(world.conversation, world.clock, people, bind, page="http://127.0.0.1:8000")
    app = web_app(
        world.conversation,
        WebLog(database),
        secret_key="a key for these pictures alone, long enough",
        secure_cookies=False,
        personas=lambda: [Persona(*one) for one in demo.personas(database)],
        chat=True,
        ready=list,
        routes=wecom.routes(),
        polls=world.polls,
        now=lambda: NOW,
    )
    with serving(app, beside=wecom) as url:
        yield world, url
    database.close()


def take(world: World, url: str, browser: Browser, picture: Picture) -> bytes:
    """The picture as a PNG."""
    context = browser.new_context(
        has_touch=True, locale="zh-CN", device_scale_factor=SHARP, timezone_id="Asia/Shanghai"
    )
    context.set_default_timeout(10_000)
    phone = Phone(context.new_page())
    phone.be(size=SIZE)
    if picture.wecom:
        _in_wecom(phone, url, picture)
    elif picture.votes:
        _on_a_ballot(world, phone, url)
    else:
        _on_the_web(world, phone, url, picture)
    shot = phone.page.screenshot(animations="disabled")
    context.close()
    return small(shot)


def _in_wecom(phone: Phone, url: str, picture: Picture) -> None:
    chat = Chat(phone.page).open(url, picture.who)
    for step in picture.steps:
        chat.tap(step[1:]) if step.startswith(">") else chat.say(step)
    phone.page.evaluate("document.fonts.ready")
    phone.page.evaluate(DRAWN)


def _on_a_ballot(world: World, phone: Phone, url: str) -> None:
    opened(world)
    phone.page.goto(f"{url}/vote/{codes(world)[Electorate.MASSES][0]}")
    for category, grade in ((1, 2), (2, 2), (3, 1)):
        phone.page.click(f'label[for="m{world.branches[0].id}-{category}-{grade}"]')
    phone.page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")


def _on_the_web(world: World, phone: Phone, url: str, picture: Picture) -> None:
    phone.page.goto(f"{url}/demo")
    phone.page.get_by_role("button").filter(has_text=picture.who).first.click()
    phone.settled()
    for step in picture.steps:
        phone.tap(step[1:]) if step.startswith(">") else phone.say(step)
    if picture.sends:
        phone.upload(_filled_in(world, picture))
    _wait_for_pictures(phone)


def _filled_in(world: World, picture: Picture) -> Path:
    """The form of whoever's picture it is, with something in its cells."""
    address = {name: address for address, name, _ in demo.personas(world.database)}[picture.who]
    own = next(who for who, at in World.PERSONAS.items() if at == address)
    file = world.phone(own).say("打印").tap("Excel").screen.attachment
    assert file is not None
    path = world.folder / "测评表.xlsx"
    path.write_bytes(changed(file.read(), dict(picture.sends)))
    return path


def _wait_for_pictures(phone: Phone) -> None:
    phone.page.evaluate("Promise.all([...document.images].map((one) => one.decode()))")
    phone.page.evaluate("document.fonts.ready")
    phone.page.locator("#toast").evaluate("(toast) => { toast.hidden = true; }")
    phone.page.evaluate(DRAWN)


def small(shot: bytes) -> bytes:
    """The same in few colours: those of which there is most, and that differ."""
    image, out, palette = Image.open(BytesIO(shot)).convert("RGB"), BytesIO(), Image.new("P", (1, 1))
    kept: list[tuple[int, ...]] = []
    for _, colour in sorted(image.getcolors(image.width * image.height) or (), reverse=True):
        if isinstance(colour, tuple) and all(_apart(colour, other) > NEAR for other in kept[:COLOURS]):
            kept.append(colour)
    palette.putpalette([part for colour in kept[:COLOURS] for part in colour])
    image.quantize(palette=palette, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def _apart(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def take_all(folder: Path, said: Callable[[str], object] = print, pictures: Sequence[Picture] = ()) -> None:
    """Take every picture, or some, into a folder, each in the demo as it is at first."""
    with chromium() as browser:
        for picture in pictures or PICTURES:
            with TemporaryDirectory() as place, tried(Path(place)) as (world, url):
                data = take(world, url, browser, picture)
            (folder / f"{picture.name}.png").write_bytes(data)
            said(f"{picture.name}.png {len(data) / 1024:.0f} kB")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    take_all(FOLDER if len(sys.argv) < 2 else Path(sys.argv[1]))
