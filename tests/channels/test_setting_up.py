"""From an empty installation to the first reminder, on the page: the steps of docs/operating.md, counted."""

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.permissions import Role
from bot.setup import carry_out, read_plan
from bot.store.database import Database
from bot.store.tables import BRANCH, INVITATION, SEAT
from bot.store.weblog import WebLog
from jobs import reminders
from tests.browser import Phone, serving, web_app
from tests.chromium import chromium, needs_chromium
from tests.conftest import Clock
from tests.phone import World
from tests.reminder_job import deliver

COMMITTEE = 'committee = "劲松职业高中党总支"\n'
BRANCHES = "常营主校区、劲松校区、双龙校区、新源里校区、东坝校区、机关".replace("、", "党支部、") + "党支部"
OTHERS = "李明 总支委员\n张华 总支委员"
MOST = 25  # taps and texts


class Counting(Phone):
    """A phone that counts what is tapped and typed on it."""

    done = 0

    def tap(self, label: str) -> None:
        """Press a button."""
        self.done += 1
        super().tap(label)

    def say(self, text: str) -> None:
        """Type a text."""
        self.done += 1
        super().say(text)


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("empty", ["sqlite"], indirect=True)
def test_a_committee_is_set_up_on_the_page_in_few_taps(empty: Database, clock: Clock, tmp_path: Path) -> None:
    file = tmp_path / "school.toml"
    file.write_text(COMMITTEE, encoding="utf-8")
    clock.now = clock.now.fromisoformat("2026-12-18T14:00:00+08:00")
    _, first = carry_out(empty, read_plan(file), clock())
    world = World(empty, tmp_path, clock)
    app = web_app(
        world.conversation,
        WebLog(empty),
        secret_key="a key for this test alone, long enough",
        secure_cookies=False,
        personas=None,
        chat=True,
        ready=list,
        now=clock,
    )
    with serving(app) as url, chromium() as browser:
        admin = Counting.of(browser)
        admin.open(f"{url}/join/{first.code}")
        for label in ("加入", "工作安排", "支部", "新增支部"):
            admin.tap(label)
        admin.say(BRANCHES)
        assert admin.toast == "已新增 6 个支部，请邀请书记"
        for label in ("返回", "学期", "新增学期", "确认新增"):
            admin.tap(label)
        assert "2026年9月1日至2027年1月22日" in admin.text
        for label in ("返回", "返回", "首页", "我的职务", "邀请人员", "一次邀请多人"):
            admin.tap(label)
        admin.tap("给这 6 个支部的书记生成邀请码")
        admin.tap("再邀请")
        admin.say(OTHERS)
        admin.tap("生成 2 个邀请码")
        assert "共 8 个" in admin.text
        with empty.read() as session:
            seat = sa.select(INVITATION.c.code).join(BRANCH, BRANCH.c.id == INVITATION.c.branch_id)
            code = session.execute(seat.where(BRANCH.c.name == "双龙校区党支部")).scalar_one()
        secretary = Phone.of(browser)
        secretary.open(f"{url}/join/{code}")
        secretary.tap("加入")
        assert "双龙校区党支部" in secretary.text
        secretary.tap("首页")
        reminders.tick(empty, clock())
        clock.now = clock.now.fromisoformat(
            "2026-12-21T08:55:00+08:00"
        )  # the first working day of the next week
        reminders.tick(empty, clock())
        loop = app.state.channel.live._loop
        asyncio.run_coroutine_threadsafe(deliver(world, clock, "web", app.state.channel), loop).result(20)
        secretary.page.get_by_text("来了新消息：提醒").wait_for()
        assert admin.complaints == secretary.complaints == []
    assert admin.done <= MOST, admin.done
    with empty.read() as session:
        roles = session.execute(sa.select(SEAT.c.role, SEAT.c.branch_id)).all()
    assert sorted(row.role for row in roles) == sorted([int(Role.ADMINISTRATOR), int(Role.SECRETARY)])
