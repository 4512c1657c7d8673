"""The composition root: what one process is made of, and how it runs until it is told to stop.

A channel is one line in `Program`. Stopping goes from outside to inside: nothing new is taken, what is under way ends,
then connections close.
"""

import asyncio
import gc
import secrets
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

import structlog
import typer

from bot import demo
from bot.channels import mail, telegram, web, wecom
from bot.channels.channel import Channel, Off, SettingsRefusedError
from bot.channels.server import Server, application, listen
from bot.channels.web.pages import Persona
from bot.conversation import Conversation
from bot.delivery import Delivery
from bot.health import Ailment, Health, failed_job, few_files, old_backup, wrong_edition
from bot.lease import Lease
from bot.lockfile import locked
from bot.polls import Polls
from bot.settings import Settings
from bot.stopped import Stopped
from bot.store import groups, leases, terms
from bot.store.database import Database
from bot.store.evidence import Evidence
from bot.store.mailing import MailedCodes
from bot.store.weblog import WebLog
from jobs import nightly, reminders, schedule
from jobs.chores import chores

THREADS = 12  # that hear events: with PostgreSQL they mostly wait, and asyncio's own are six on two cores
AGAIN = 60.0  # seconds until a channel is tried again that worked when the bot started

log = structlog.get_logger()


def clock(settings: Settings) -> Callable[[], datetime]:
    """What time it is, where people read it."""
    return lambda: datetime.now(settings.zone)


class Program:
    """The conversation, the channels around it that are on, and a line on each that is off. Nothing runs yet.

    `ticking` is held by the process that reminds.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        now, running = clock(settings), set[str]()
        self.name = secrets.token_hex(8)  # of this process, as long as it lives
        self.conversation = Conversation(
            database,
            Evidence(settings.data_dir / "evidence"),
            now,
            self.links,
            settings.calendars,
            demo.PERSONA if settings.chat == "demo" else "",
            running,
            settings.backup_keep if settings.backup_dir else 0,
            settings.polls,
        )
        talk = self.conversation

        def personas() -> list[Persona]:
            return [Persona(*one) for one in demo.personas(database)]

        def bind(userid: str) -> None:
            demo.bind(database, now(), userid, "wecom")

        def lease(name: str) -> Lease:
            def hold(lasts: timedelta) -> bool:
                with database.write() as session:
                    return leases.hold(session, name, holder=self.name, now=now(), lasts=lasts) is not None

            return Lease(name, hold)

        # An invitation names the channels in this order; a notice tries the last one first.
        made: list[Channel | Off] = [
            web.made(settings, talk, WebLog(database), now, personas, Polls(database)),
            telegram.made(settings, talk, lease("telegram")),
            wecom.made(settings, talk, now, lease("wecom"), partial(demo.personas, database), bind),
            wecom.made_app(settings, talk, now),
            wecom.made_group(settings),
            mail.made(settings, MailedCodes(database), now),
        ]
        self.channels = [one for one in made if not isinstance(one, Off)]
        self.off = [one.words for one in made if isinstance(one, Off) and one.words]
        self.ticking = lease("tick")
        running.update(channel.name for channel in self.channels)

    def links(self, code: str) -> list[tuple[str, str]]:
        """Where a code can be used, as (what people call the channel, link), each link once."""
        words = {link: channel.word for channel in reversed(self.channels) if (link := channel.link(code))}
        return [(word, link) for link, word in reversed(words.items())]


def jobs_of(settings: Settings, database: Database) -> tuple[nightly.Job, ...]:
    """What is done at night; of the demo's invented data nobody needs a backup."""
    folder = settings.backup_dir if settings.chat != "demo" else None
    return chores(database, settings.data_dir / "evidence", folder, settings.backup_keep)


def run(settings: Settings, database: Database) -> None:
    """Run until the process is told to stop."""
    with asyncio.Runner(loop_factory=_loop) as runner:
        runner.run(_serve(settings, database))


def _loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # Windows
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def _serve(settings: Settings, database: Database) -> None:
    """Bring up the conversation, its channels and their server, and keep them until the process is told to stop."""
    now, program = clock(settings), Program(settings, database)
    channels, talk = program.channels, program.conversation
    checks: dict[str, Callable[[], Ailment | None]] = {
        "edition": partial(wrong_edition, database),
        "files": few_files,
        **{channel.name: channel.ailment for channel in channels},
    }
    if settings.chat != "demo":
        checks["backup"] = partial(old_backup, database, now)
    jobs = nightly.Nightly(database, now, jobs_of(settings, database))
    checks |= {f"{job.name}_job": partial(failed_job, database, job.name) for job in jobs.jobs}
    health = Health(database, now, checks)

    def tick() -> None:
        if program.ticking.hold():
            reminders.tick(database, now())
        health.look()

    def bury(name: str) -> None:
        with database.write() as session:
            leases.end(session, holder=name, now=now())

    listening = listen(settings.web_host, settings.web_port)
    routes = [route for channel in channels for route in channel.routes()]
    server = Server(application(routes, calendar=talk.calendar, ready=health.unfit, ailing=health.ailing))
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    loop.set_default_executor(ThreadPoolExecutor(THREADS, "thread"))
    await asyncio.to_thread(groups.post_into, database, settings.wecom_group, now())
    with locked(settings.data_dir, program.name, bury):
        await asyncio.to_thread(tick)
        settle()
        by_name = {channel.name: channel for channel in reversed(channels)}
        delivery = Delivery(database, talk, by_name, now, owner=program.name)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        tasks = [
            asyncio.create_task(delivery.run()),
            asyncio.create_task(schedule.ring(tick, now, settings.zone, nightly.bells(jobs))),
            *(asyncio.create_task(_keep(channel, alone=len(channels) == 1)) for channel in channels),
        ]
        told = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([serving, *tasks, told], return_when=asyncio.FIRST_COMPLETED)
            stop.set()
            jobs.stop()
            server.should_exit = True
            for task in tasks:
                task.cancel()
            for outcome in await asyncio.gather(serving, *tasks, return_exceptions=True):
                if isinstance(outcome, SettingsRefusedError):
                    raise Stopped(str(outcome))
                if isinstance(outcome, Exception):
                    raise outcome
        finally:
            await asyncio.gather(program.ticking.give_back(), *(channel.close() for channel in channels))


def settle() -> None:
    """Let the collector pass over what stays for ever, and look seldom: a tap makes much that is not rubbish yet.

    A look at all the modules held a screen up for 120 ms; one after every 700 new objects takes 5 % of a tap.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 5, 5)
    gc.collect()  # quick now, and rubbish counts from here on, not beside all the modules


async def _keep(channel: Channel, *, alone: bool) -> None:
    """Start a channel, then let it run.

    What is refused at the start ends the process; what is refused later this channel only, unless it is the only one.
    """
    if said := await channel.start():
        typer.echo(said)
    while True:
        try:
            await channel.run()
        except SettingsRefusedError as refused:
            if alone:
                raise
            log.error(f"{channel.word} has stopped", why=str(refused))
            await asyncio.sleep(AGAIN)


def check_demo(settings: Settings, database: Database) -> None:
    """Demo mode shows invented data only; invented data is shown in demo mode only. Raises Stopped."""
    with database.read() as session:
        found = terms.committees(session)
    if settings.chat == "demo":
        if not all(is_demo for _, _, is_demo in found):
            raise Stopped("这个数据库里是正式数据，不能用演示模式打开。请设置 WEB_CHAT=on，或换一个数据库。")
        if not found:
            demo.build(database, clock(settings)())
    elif any(is_demo for _, _, is_demo in found):
        raise Stopped("这个数据库里是演示数据，不能正式使用。请换一个数据库（DATABASE_URL 或 DATA_DIR）。")
