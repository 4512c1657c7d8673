"""The composition root and the command line: the only place that sees everything.

python -m bot run | setup FILE | invite --role … | invitations [--cancel CODE] | preview --from … --to … | check
              | backup FILE | restore FILE
"""

import asyncio
import contextlib
import dataclasses
import errno
import io
import json
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import sqlalchemy as sa
import structlog
import typer
import uvicorn

from bot import demo, logs
from bot.channels import web_server
from bot.channels.telegram import SettingsRefusedError, Telegram
from bot.channels.web import Persona, web_app
from bot.conversation import Conversation
from bot.delivery import Channel, Delivery
from bot.health import Ailment, Health, few_files, old_backup, wrong_edition
from bot.paper import ics
from bot.permissions import Me, Role
from bot.settings import ENV_FILE, LOOPBACK, Settings, SettingsWrong, proxy_for, read_settings
from bot.store import backup as backups
from bot.store import heartbeat, schema, seats, terms
from bot.store import invitations as inviting
from bot.store.database import Database, Session
from bot.store.evidence import Evidence
from bot.store.weblog import WebLog
from bot.values import Invitation
from jobs import reminders, schedule
from jobs.preview import Foreseen
from jobs.preview import preview as foresee
from scoring.refusal import Refused

log = structlog.get_logger()
cli = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="党支部星级测评机器人"
)

ROLES = {
    "secretary": Role.SECRETARY,
    "officer": Role.OFFICER,
    "member": Role.MEMBER,
    "administrator": Role.ADMINISTRATOR,
}


NO_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EINVAL)
REASONS = {
    errno.EADDRINUSE: "已被占用",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已用完",
    errno.EFBIG: "文件太大，这里放不下",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "这里只能读，不能写",
    errno.ENOENT: "没有这个文件夹或文件",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EISDIR: "这是一个文件夹",
    errno.EEXIST: "这里已经有同名的文件",
    errno.ENAMETOOLONG: "名称太长",
    errno.ELOOP: "链接绕成了圈",
}
"""What an operating system complains of when files are written."""
LONGEST_PREVIEW = timedelta(days=731)
KEY_FILE = "secret.key"
LITTLE_ROOM = 200 * 1024**2  # bytes; ten evidence files
TOKEN_AGAIN = 60.0  # seconds until a token is tried again that Telegram knew when the bot started


class Stopped(Exception):  # noqa: N818  a sentence for the person at the terminal
    """The command cannot go on: says why and what to do."""


# --- running ----------------------------------------------------------------------------------------------------


@cli.command()
def run() -> None:
    """运行：按设置启动所有渠道；什么都没设置时，启动演示网页。"""
    with _said():
        settings = _settings()
        database = _database(settings)
        try:
            _check_demo(settings, database)
            with asyncio.Runner(loop_factory=_loop) as runner:
                runner.run(_serve(settings, database))
        finally:
            database.close()


async def _serve(settings: Settings, database: Database) -> None:
    """Bring up the conversation, the web server and Telegram, and keep them until the process is told to stop."""

    def clock() -> datetime:
        return datetime.now(settings.zone)

    links: list[tuple[str, str]] = [("网页", f"{settings.address}/join/")] if settings.chat != "off" else []
    conversation = Conversation(
        database,
        Evidence(settings.data_dir / "evidence"),
        clock,
        lambda code: [(channel, prefix + code) for channel, prefix in links],
        settings.calendars,
        demo.PERSONA if settings.chat == "demo" else "",
        frozenset(["web"] * (settings.chat != "off") + ["telegram"] * bool(settings.telegram_token)),
    )
    telegram = None
    if token := settings.telegram_token.get_secret_value():
        telegram = Telegram(
            conversation,
            token,
            settings.telegram_api_url,
            webhook_url=settings.telegram_webhook_url or None,
            webhook_secret=settings.telegram_webhook_secret.get_secret_value() or None,
        )
    checks: dict[str, Callable[[], Ailment | None]] = {
        "edition": partial(wrong_edition, database),
        "files": few_files,
    }
    if telegram is not None:
        checks["telegram"] = telegram.ailment
    if settings.chat != "demo":
        checks["backup"] = partial(old_backup, database, clock)
    health = Health(database, clock, checks)

    def tick() -> None:
        reminders.tick(database, clock())
        health.look()

    listening = _listen(settings)
    app = web_app(
        conversation,
        WebLog(database),
        secret_key=_secret_key(settings),
        base_url=settings.web_url,
        secure_cookies=settings.address.startswith("https://"),
        personas=(lambda: [Persona(*p) for p in demo.personas(database)])
        if settings.chat == "demo"
        else None,
        chat=settings.chat != "off",
        ready=health.unfit,
        ailing=health.ailing,
        routes=telegram.routes() if telegram and settings.telegram_webhook_url else (),
        now=clock,
    )
    server = _Server(web_server.config(app))
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await asyncio.to_thread(tick)
    channels: dict[str, Channel] = {"telegram": telegram} if telegram is not None else {}
    if settings.chat != "off":
        channels["web"] = app.state.channel
    delivery = Delivery(database, conversation, channels, clock, owner=secrets.token_hex(8))
    tasks = [
        asyncio.create_task(server.serve(sockets=[listening])),
        asyncio.create_task(delivery.run()),
        asyncio.create_task(schedule.ring(tick, clock, settings.zone)),
    ]
    if telegram is not None:
        tasks.append(asyncio.create_task(_talk(telegram, links, settings)))
    if settings.chat != "off":
        typer.echo(
            f"网页聊天：{settings.address}{'  (演示数据，可换身份)' if settings.chat == 'demo' else ''}"
        )
    try:
        await asyncio.wait([*tasks, asyncio.create_task(stop.wait())], return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        app.state.close()
        server.should_exit = True
        for task in tasks[1:]:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, SettingsRefusedError):
                raise Stopped(str(outcome))
            if isinstance(outcome, Exception):
                raise outcome
    finally:
        if telegram is not None:
            await telegram.close()


class _Server(uvicorn.Server):
    """Uvicorn, but leaving the signals to this file, which has more than a web server to stop."""

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:  # type: ignore[override]
        return contextlib.nullcontext()


async def _talk(telegram: Telegram, links: list[tuple[str, str]], settings: Settings) -> None:
    """Introduce the bot to Telegram, then poll unless updates come by webhook.

    A token that is withdrawn later stops Telegram, and the process only if there is no other channel.
    """
    await telegram.start()
    links.append(("Telegram", telegram.deep_link("")))
    log.info(
        "telegram ready", bot=telegram.username, by="webhook" if settings.telegram_webhook_url else "polling"
    )
    if settings.telegram_webhook_url:
        await asyncio.Event().wait()
    while True:
        try:
            await telegram.poll()
        except SettingsRefusedError as refused:
            if settings.chat == "off":
                raise
            log.error("Telegram has stopped", why=str(refused))
            await asyncio.sleep(TOKEN_AGAIN)


def _loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:  # Windows
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def _listen(settings: Settings) -> socket.socket:
    """The listening socket. Raises Stopped when the address is none of this machine's, or the port is taken."""
    family = socket.AF_INET6 if ":" in settings.web_host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.web_host, settings.web_port))
    except (OSError, TypeError, ValueError) as wrong:  # the last two: a name that no host can have
        listening.close()
        raise Stopped(_unheard(wrong, settings.web_host, settings.web_port)) from None
    listening.listen(512)
    return listening


def _unheard(wrong: Exception, host: str, port: int) -> str:
    """Why nobody can listen there, and which of the two settings is to be corrected."""
    if isinstance(wrong, socket.gaierror):
        reason = "找不到这个地址"
    elif isinstance(wrong, OSError):
        if wrong.errno not in NO_ADDRESS:
            taken = wrong.errno == errno.EADDRINUSE
            how = "请关掉占用它的程序，或用 WEB_PORT 换一个端口。" if taken else "请用 WEB_PORT 换一个端口。"
            return f"{host} 的端口 {port} 用不了（{_reason(wrong)}）。{how}"
        reason = "本机没有这个地址"
    else:
        reason = "不是地址"
    return f"地址 {host} 用不了（{reason}）。请把 WEB_HOST 改成本机的地址，例如 127.0.0.1。"


def _secret_key(settings: Settings) -> str:
    """The key that signs cookies: from the settings, or made once and kept in DATA_DIR."""
    if given := settings.secret_key.get_secret_value():
        return given
    path = settings.data_dir / KEY_FILE
    if not path.exists():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        number, made = tempfile.mkstemp(
            prefix="secret.", dir=settings.data_dir
        )  # its owner alone may read it
        with open(number, "w") as out:
            out.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):  # another process was first: both use its key
            os.link(made, path)
        os.unlink(made)
    key = path.read_bytes()
    if len(key) < 32 or not key.isascii():
        raise Stopped(f"{path} 里没有完整的密钥。请删除这个文件，程序会重新生成（网页聊天要重新登录）。")
    return key.decode()


def _check_demo(settings: Settings, database: Database) -> None:
    """Demo mode shows invented data only; invented data is shown in demo mode only. Raises Stopped."""
    with database.read() as session:
        found = terms.committees(session)
    if settings.chat == "demo":
        if not all(is_demo for _, _, is_demo in found):
            raise Stopped("这个数据库里是正式数据，不能用演示模式打开。请设置 WEB_CHAT=on，或换一个数据库。")
        if not found:
            demo.build(database, datetime.now(settings.zone))
    elif any(is_demo for _, _, is_demo in found):
        raise Stopped("这个数据库里是演示数据，不能正式使用。请换一个数据库（DATABASE_URL 或 DATA_DIR）。")


def _check_real(settings: Settings) -> None:
    """What is set up or restored is to be found again by `run`. Raises Stopped."""
    if settings.chat == "demo":
        raise Stopped("现在是演示模式，正式数据不能放进演示数据库。请先在 .env 里写 WEB_CHAT=on，再试一次。")


# --- setting up -------------------------------------------------------------------------------------------------


@cli.command()
def setup(file: Annotated[Path, typer.Argument(help="TOML 文件：党总支、支部、学期")]) -> None:
    """建立党总支、支部和学期，并给出第一位管理员的邀请码。"""
    from bot.setup import carry_out, read_plan

    with _said():
        plan = read_plan(file)
        settings = _settings()
        _check_real(settings)
        database = _database(settings)
        _check_demo(settings, database)
        added, made = carry_out(database, plan, datetime.now(settings.zone))
        for line in added or ["没有要新增的内容。"]:
            typer.echo(line)
        _show(
            settings, made.code, f"管理员邀请码，{made.expires_at.astimezone(settings.zone):%Y-%m-%d} 前有效"
        )


@cli.command()
def invite(
    role: Annotated[str, typer.Option(help="、".join(ROLES))],
    branch: Annotated[str, typer.Option(help="支部名称，书记和支委需要")] = "",
    committee: Annotated[str, typer.Option(help="党总支名称，只有一个时可不填")] = "",
    uses: Annotated[int, typer.Option(min=1, max=200, help="可以用几次")] = 1,
) -> None:
    """生成邀请码，显示链接和二维码。"""
    with _said():
        if role not in ROLES:
            raise Stopped(f"没有职务 {role}，请用 {'、'.join(ROLES)}。")
        settings = _settings()
        database = _database(settings)
        with database.write() as session:
            committee_id = _committee(session, committee)
            branches = terms.branches_of(session, committee_id)
            found = next((b for b in branches if b.name == branch), None)
            if ROLES[role].of_branch != (found is not None):
                names = "、".join(b.name for b in branches)
                raise Stopped(
                    f"请用 --branch 写明支部：{names}。"
                    if ROLES[role].of_branch
                    else "这个职务不需要 --branch。"
                )
            made = inviting.invite(
                session,
                me=Me(0, "terminal", datetime.now(settings.zone)),
                committee_id=committee_id,
                branch_id=found.id if found else None,
                role=ROLES[role],
                uses=uses,
            )
        _show(
            settings,
            made.code,
            f"{made.words}，可用 {uses} 次，{made.expires_at.astimezone(settings.zone):%Y-%m-%d} 前有效",
        )


@cli.command()
def invitations(
    committee: Annotated[str, typer.Option(help="党总支名称，只有一个时可不填")] = "",
    cancel: Annotated[str, typer.Option(help="要取消的邀请码")] = "",
) -> None:
    """列出还能用的邀请码，或取消其中一个。"""
    with _said():
        settings = _settings()
        now = datetime.now(settings.zone)
        database = _database(settings)
        if cancel:
            with database.write() as session:
                made = inviting.invitation_with(session, text=cancel, now=now)
                if made is None:
                    raise Stopped(f"没有邀请码 {cancel}。不带 --cancel 可以列出还能用的。")
                inviting.cancel(session, me=Me(0, "terminal", now), made=made)
            typer.echo(f"已取消：{_line(made, settings)}")
            return
        with database.read() as session:
            found = inviting.open_invitations(session, committee_id=_committee(session, committee), now=now)
        typer.echo("\n".join(_line(made, settings) for made in found) or "没有还能用的邀请码。")


def _line(made: Invitation, settings: Settings) -> str:
    """An invitation in one line."""
    since, until = (
        f"{at.astimezone(settings.zone):%Y-%m-%d %H:%M}" for at in (made.made_at, made.expires_at)
    )
    what = "（移交）" if made.moves else "（登录）" if made.person_id else ""
    return f"{made.code}  {made.words}{what}  {since} {made.by or '终端'}生成  {until} 前可用 {made.uses_left} 次"


def _committee(session: Session, name: str) -> int:
    """The committee of that name, or the only one. Raises Stopped."""
    bodies = [n for n, called, _ in terms.committees(session) if name in ("", called)]
    if len(bodies) != 1:
        raise Stopped("请先用 setup 建立党总支。" if not bodies else "有几个党总支，请用 --committee 写明。")
    return bodies[0]


def _show(settings: Settings, code: str, words: str) -> None:
    """A code with its links, and the QR code of the first link in the terminal."""
    import segno

    typer.echo(f"\n邀请码：{code}\n{words}")
    links = [] if settings.chat == "off" else [f"{settings.address}/join/{code}"]
    if settings.telegram_token.get_secret_value():
        try:
            links.append(f"https://t.me/{asyncio.run(_username(settings))}?start={code}")
        except Exception as wrong:
            typer.echo(f"（Telegram 链接暂时得不到：{wrong}）", err=True)
    for link in links:
        typer.echo(f"链接：{link}")
    if links:
        segno.make(links[0], error="l").terminal(compact=True)


async def _username(settings: Settings) -> str:
    telegram = Telegram(None, settings.telegram_token.get_secret_value(), settings.telegram_api_url)  # type: ignore[arg-type]
    try:
        return await telegram.check()
    finally:
        await telegram.close()


@cli.command()
def preview(
    first: Annotated[str, typer.Option("--from", help="从哪一天，例如 2026-12-01")],
    last: Annotated[str, typer.Option("--to", help="到哪一天")],
    branch: Annotated[str, typer.Option(help="只看一个支部")] = "",
    committee: Annotated[str, typer.Option(help="党总支名称，只有一个时可不填")] = "",
    late: Annotated[bool, typer.Option("--late", help="假设什么都没完成，连逾期提醒一起列出")] = False,
    form: Annotated[str, typer.Option("--format", help="table、ics 或 json")] = "table",
) -> None:
    """预览：这段时间里会在什么时候提醒谁、提醒什么、为什么；只看，不发送。"""
    with _said():
        if form not in FORMS:
            raise Stopped(f"没有格式 {form}，请用 {'、'.join(FORMS)}。")
        days = _day(first), _day(last)
        if not timedelta(0) <= days[1] - days[0] <= LONGEST_PREVIEW:
            raise Stopped("--to 应在 --from 之后，最多两年。")
        settings = _settings()
        with _database(settings).rehearse() as session:
            committee_id = _committee(session, committee)
            branches = terms.branches_of(session, committee_id)
            known = {b.name for b in branches}
            if branch and branch not in known:
                raise Stopped(f"没有支部 {branch}，有：{'、'.join(sorted(known))}。")
            joined = seats.in_branches(session, committee_id)
            alone = [b.name for b in branches if b.id not in joined and branch in ("", b.name)]
            found = foresee(session, committee_id, *days, datetime.now(settings.zone), late=late)
            typer.echo(FORMS[form]([one for one in found if branch in ("", one.body)]))
        if alone:
            typer.echo(f"还没有人加入，不会收到提醒：{'、'.join(alone)}。请用 invite 生成邀请码。", err=True)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Stopped(f"没有看懂日期 {text}，请写成 2026-12-01。") from None


def _as_table(found: Sequence[Foreseen]) -> str:
    head = "时间\t谁\t哪个支部\t工作\t截止\t提前\t依据"
    lines = [
        f"{one.at:%Y-%m-%d %H:%M}\t{one.person}\t{one.body}\t{one.title}\t{one.due}\t{one.words}\t{one.why}"
        for one in found
    ]
    return "\n".join([head, *lines]) if lines else "这段时间没有提醒。"


def _as_json(found: Sequence[Foreseen]) -> str:
    return json.dumps([dataclasses.asdict(one) for one in found], ensure_ascii=False, indent=1, default=str)


def _as_ics(found: Sequence[Foreseen]) -> str:
    """One entry for each thing that falls due, with the days on which it is said."""
    said: dict[tuple[str, str, date], set[str]] = {}
    for one in found:
        said.setdefault((one.body, one.title, one.due), set()).add(f"{one.at:%Y-%m-%d} {one.words}")
    entries = [
        ics.Entry(
            f"preview-{secrets.token_hex(8)}", due, f"{title} · {body}", "提醒：" + "；".join(sorted(days))
        )
        for (body, title, due), days in said.items()
    ]
    return ics.subscription("提醒预览", entries).decode()


FORMS: dict[str, Callable[[Sequence[Foreseen]], str]] = {
    "table": _as_table,
    "json": _as_json,
    "ics": _as_ics,
}


@cli.command()
def check() -> None:
    """检查设置、数据库和渠道，用文字说明哪里不对。"""
    with _said():
        settings = _settings()
        typer.echo(f"✓ 设置：网页 {settings.chat}，时区 {settings.time_zone}")
        _try_folder(settings)
        typer.echo(f"✓ 数据文件夹：{settings.data_dir.absolute()}")
        database = _open(settings)
        database.try_writing()
        where = (
            database.url.database if database.sqlite else database.url.render_as_string(hide_password=True)
        )
        typer.echo(f"✓ 数据库：{'SQLite ' if database.sqlite else ''}{where}")
        pending = schema.pending(database)
        typer.echo("… 数据库需要升级，下次启动时自动完成" if pending else "✓ 数据库结构是最新的")
        if not pending and (ailment := wrong_edition(database)):
            raise Stopped(ailment.said)
        for warning in _warnings(settings, database, pending):  # before what a bot that runs makes fail
            typer.echo(f"⚠ {warning}")
        if settings.telegram_token.get_secret_value():
            if proxy_for(settings.telegram_api_url):
                typer.echo("– 经环境变量指定的代理连接 Telegram")
            try:
                typer.echo(f"✓ Telegram:@{asyncio.run(_username(settings))}")
            except SettingsRefusedError as wrong:
                raise Stopped(str(wrong)) from None
        else:
            typer.echo("– Telegram：没有设置 TELEGRAM_TOKEN")
        _listen(settings).close()
        typer.echo(f"✓ 端口 {settings.web_port} 可用")
        database.close()


def _try_folder(settings: Settings) -> None:
    """Write a file into DATA_DIR and take it back, and look at the key in it. Raises OSError and Stopped."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryFile(dir=settings.data_dir) as file:
            file.write(bytes(64 * 1024))
    except OSError as wrong:
        wrong.filename = str(settings.data_dir)
        raise
    if (settings.data_dir / KEY_FILE).exists():
        _secret_key(settings)


def _warnings(settings: Settings, database: Database, pending: bool) -> Iterator[str]:
    """What works, but should not stay like this."""
    file = Path(database.url.database or "") if database.sqlite else None
    if _open_to_others(settings.data_dir):
        yield f"本机的其他用户能进入数据文件夹。请执行 chmod 700 {settings.data_dir}"
    elif file and _open_to_others(file) and not file.absolute().is_relative_to(settings.data_dir.absolute()):
        yield f"本机的其他用户能读数据库文件。请执行 chmod 600 {file}"
    if settings.secrets and _open_to_others(ENV_FILE):
        yield f"本机的其他用户能读 {ENV_FILE} 里的密钥。请执行 chmod 600 {ENV_FILE}"
    if settings.chat == "on" and not settings.address.startswith("https://"):
        if not settings.web_url and settings.web_host not in LOOPBACK:
            yield f"没有设置 WEB_URL，邀请链接会写成 {settings.address}，别人可能打不开"
        elif settings.web_url:
            yield "WEB_URL 不是 https，网页聊天的内容在网络上没有加密"
    free = shutil.disk_usage(settings.data_dir).free
    if free < LITTLE_ROOM:
        yield f"数据文件夹所在的磁盘只剩 {free // 1024**2} MB"
    if not pending and (lost := backups.missing(database, settings.data_dir / "evidence")):
        yield f"有 {lost} 份依据材料的文件不在 {settings.data_dir / 'evidence'} 里，请从备份里找回"


def _open_to_others(path: Path) -> bool:
    """Whether other users of this machine may do anything with it; where there are no such rights, nobody says so."""
    return os.name == "posix" and path.exists() and bool(path.stat().st_mode & 0o077)


@cli.command()
def backup(file: Annotated[Path, typer.Argument(help="要写的备份文件，例如 backup.zip")]) -> None:
    """备份全部数据和依据材料到一个文件；可以在运行中备份。"""
    with _said():
        settings = _settings()
        folder = Path(os.path.realpath(file.parent))
        if any(above.exists() and _same(above, settings.data_dir) for above in (folder, *folder.parents)):
            raise Stopped(f"备份不能放在数据文件夹 {settings.data_dir} 里。请写到别处，最好是另一块磁盘。")
        with _progress("备份") as step:
            database = _database(settings)
            done = backups.backup(database, settings.data_dir / "evidence", file, step)
        with contextlib.suppress(sa.exc.DBAPIError), database.write() as session:  # it is made, noted or not
            heartbeat.beat(session, "backup", datetime.now(settings.zone))
        typer.echo(f"已备份 {done.rows} 条记录到 {file}")
        _show_missing(done)


@cli.command()
def restore(file: Annotated[Path, typer.Argument(help="备份文件")]) -> None:
    """把备份恢复到一个空的数据库。"""
    with _said():
        settings = _settings()
        _check_real(settings)
        with _progress("恢复") as step:
            done = backups.restore(_open(settings), settings.data_dir / "evidence", file, step)
        typer.echo(f"已恢复 {done.rows} 条记录")
        _show_missing(done)


def _same(one: Path, other: Path) -> bool:
    return other.exists() and one.samefile(other)


def _show_missing(done: backups.Account) -> None:
    if done.missing:
        typer.echo(f"⚠ {len(done.missing)} 份依据材料的文件已经丢失，不在其中：")
        for words in done.missing:
            typer.echo(f"  {words}")


# --- what the commands share ------------------------------------------------------------------------------------


@contextlib.contextmanager
def _said() -> Iterator[None]:
    """Say what is wrong in one sentence, without a traceback, and exit with 1."""
    try:
        yield
    except (SettingsWrong, Stopped, Refused) as wrong:
        _stop(str(wrong))
    except sa.exc.DBAPIError as wrong:
        log.debug("stopped", exc_info=True)
        _stop(f"数据库出错（{_reason(wrong)}）。请检查磁盘空间、读写权限和数据库文件。")
    except BrokenPipeError:  # whoever reads what is printed has seen enough
        raise typer.Exit from None
    except OSError as wrong:
        log.debug("stopped", exc_info=True)
        _stop(f"{_reason(wrong)}。请检查磁盘空间和读写权限，或换一个位置。")


def _stop(sentence: str) -> NoReturn:
    typer.echo(f"✗ {sentence}", err=True)
    raise typer.Exit(1)


def _reason(wrong: BaseException) -> str:
    """What a system or a database says is wrong, in its first line; what it was asked stays out."""
    if isinstance(wrong, OSError):
        said = REASONS.get(wrong.errno or 0, wrong.strerror or type(wrong).__name__)
        return f"{wrong.filename}：{said}" if wrong.filename else said
    return (str(getattr(wrong, "orig", None) or wrong).strip().splitlines() or [type(wrong).__name__])[0][
        :200
    ]


@contextlib.contextmanager
def _progress(label: str) -> Iterator[backups.Progress]:
    with typer.progressbar(length=1000, label=label, file=sys.stderr) as shown:
        at = 0

        def step(done: int, of: int) -> None:
            nonlocal at
            now = done * 1000 // of
            shown.update(now - at)
            at = now

        yield step


def _settings() -> Settings:
    settings = read_settings()
    logs.set_up(settings.log_level, settings.log_format, settings.secrets)
    return settings


def _open(settings: Settings) -> Database:
    """The database, reachable. Raises Stopped."""
    try:
        database = Database(settings.database)
        with database.engine.connect():
            return database
    except (sa.exc.SQLAlchemyError, OSError) as wrong:
        kind = "SQLite" if settings.database.get_backend_name() == "sqlite" else "PostgreSQL"
        raise Stopped(
            f"连不上 {kind} 数据库（{_reason(wrong)}）。请检查 DATABASE_URL、DATA_DIR、磁盘空间和读写权限。"
        ) from None


def _database(settings: Settings) -> Database:
    """The database, reachable and in the shape that this version needs."""
    database = _open(settings)
    schema.migrate(database)
    return database


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line. Whatever is written is for the owner of the process alone."""
    os.umask(0o077)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal of GBK has no ✓
    cli(args=arguments)


if __name__ == "__main__":
    main()
