"""The command line. What `run` runs is put together in bot/serving.py.

python -m bot run | setup FILE | invite --role … | invitations [--cancel CODE] | preview --from … --to … | check
              | backup FILE | restore FILE | jobs
"""

import asyncio
import contextlib
import dataclasses
import io
import json
import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import sqlalchemy as sa
import structlog
import typer

from bot import logs, serving
from bot.channels.channel import Channel, SettingsRefusedError
from bot.channels.server import listen
from bot.channels.web.key import KEY_FILE, secret_key
from bot.health import wrong_edition
from bot.paper import ics
from bot.permissions import Me, Role
from bot.serving import Program, check_demo, clock
from bot.settings import ENV_FILE, LOOPBACK, Settings, SettingsWrong, read_settings
from bot.stopped import Stopped, reason
from bot.store import backup as backups
from bot.store import heartbeat, job_runs, schema, seats, terms
from bot.store import invitations as inviting
from bot.store.database import Database, Session
from bot.store.job_runs import Run
from bot.values import Invitation
from jobs import schedule
from jobs.duties.telling import wants_term
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


LONGEST_PREVIEW = timedelta(days=731)
SET_TERM = "请在「工作安排」的「学期」里新增。"
LITTLE_ROOM = 200 * 1024**2  # bytes; ten evidence files


# --- running ----------------------------------------------------------------------------------------------------


@cli.command()
def run() -> None:
    """运行：按设置启动所有渠道；什么都没设置时，启动演示网页。"""
    with _said():
        settings = _settings()
        database = _database(settings)
        try:
            check_demo(settings, database)
            serving.run(settings, database)
        finally:
            database.close()


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
        check_demo(settings, database)
        added, made = carry_out(database, plan, clock(settings)())
        for line in added or ["没有要新增的内容。"]:
            typer.echo(line)
        _show(
            settings,
            database,
            made.code,
            f"管理员邀请码，{made.expires_at.astimezone(settings.zone):%Y-%m-%d} 前有效",
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
                me=Me(0, "terminal", clock(settings)()),
                committee_id=committee_id,
                branch_id=found.id if found else None,
                role=ROLES[role],
                uses=uses,
            )
        _show(
            settings,
            database,
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
        now = clock(settings)()
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


def _show(settings: Settings, database: Database, code: str, words: str) -> None:
    """A code with its links, and the QR code of the first link in the terminal."""
    import segno

    typer.echo(f"\n邀请码：{code}\n{words}")
    links = []
    for channel in Program(settings, database).channels:
        if channel.way is None:  # nobody comes in there
            continue
        try:
            asyncio.run(_checked(channel, lambda line: None))
            links.append(channel.link(code))
        except Exception as wrong:
            typer.echo(f"（{channel.word} 链接暂时得不到：{wrong}）", err=True)
    for link in links:
        typer.echo(f"链接：{link}")
    if links:
        segno.make(links[0], error="l").terminal(compact=True)


async def _checked(channel: Channel, say: Callable[[str], None]) -> None:
    """Try a channel out, and say each line that it finds."""
    try:
        async for line in channel.check():
            say(line)
    finally:
        await channel.close()


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
            found = foresee(session, committee_id, *days, clock(settings)(), late=late)
            typer.echo(FORMS[form]([one for one in found if branch in ("", one.body)]))
            ends = _ends(session, committee_id)
        if ends is None:
            typer.echo(f"还没有设置学期，不会提醒。{SET_TERM}", err=True)
        elif ends < days[1]:
            unless = "" if late else "（加 --late 列出）"
            typer.echo(
                f"学期设置到 {ends}，之后没有学期：不安排新的工作，只提醒没做完的{unless}。{SET_TERM}",
                err=True,
            )
        if alone:
            typer.echo(f"还没有人加入，不会收到提醒：{'、'.join(alone)}。请用 invite 生成邀请码。", err=True)


def _ends(session: Session, committee_id: int) -> date | None:
    """The last day of a committee's last term; None where it has none."""
    return max((term.ends for term in terms.terms_of(session, [committee_id])), default=None)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Stopped(f"没有看懂日期 {text}，请写成 2026-12-01。") from None


def _as_table(found: Sequence[Foreseen]) -> str:
    head = "时间\t谁\t哪个支部\t工作\t日期\t提前\t依据"
    lines = [
        f"{one.at:%Y-%m-%d %H:%M}\t{one.person}\t{one.body}\t{one.title}"
        f"\t{one.due} {'开展' if one.held else '截止'}\t{one.words}\t{one.why}"
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
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        _try_folder(settings.data_dir)
        if (settings.data_dir / KEY_FILE).exists():
            secret_key(settings)
        typer.echo(f"✓ 数据文件夹：{settings.data_dir.absolute()}")
        if settings.backup_dir:
            _try_folder(settings.backup_dir)
            typer.echo(f"✓ 备份文件夹：{settings.backup_dir.absolute()}，留最新 {settings.backup_keep} 份")
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
        for line in [] if pending else _terms(database, clock(settings)().date()):
            typer.echo(line)
        for warning in _warnings(settings, database, pending):  # before what a bot that runs makes fail
            typer.echo(f"⚠ {warning}")
        program = Program(settings, database)
        for channel in program.channels:
            try:
                asyncio.run(_checked(channel, typer.echo))
            except SettingsRefusedError as wrong:
                raise Stopped(str(wrong)) from None
        for words in program.off:
            typer.echo(f"– {words}")
        listen(settings.web_host, settings.web_port).close()
        typer.echo(f"✓ 端口 {settings.web_port} 可用")
        database.close()


def _terms(database: Database, today: date) -> Iterator[str]:
    """Until when the terms of each committee are set, and whether one that follows is wanted."""
    with database.read() as session:
        for number, name, _ in terms.committees(session):
            ends = _ends(session, number)
            if ends is None:
                yield f"⚠ 学期：{name}还没有设置学期，不会安排和提醒工作。{SET_TERM}"
            elif wants_term(ends, today):
                over = "已经结束" if ends < today else "就要结束"
                yield f"⚠ 学期：{name}的学期设置到 {ends}，{over}，之后还没有学期。{SET_TERM}"
            else:
                yield f"✓ 学期：{name}的学期设置到 {ends}，之后还没有"


def _try_folder(folder: Path) -> None:
    """Write a file into a folder and take it back. Raises OSError."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(64 * 1024))
    except OSError as wrong:
        wrong.filename = str(folder)
        raise


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
    if settings.wecom_group and not pending and _several(database):
        yield "有几个党总支，不知道群机器人在谁的群里，所以不往群里发（WECOM_GROUP_KEY）"
    free = shutil.disk_usage(settings.data_dir).free
    if free < LITTLE_ROOM:
        yield f"数据文件夹所在的磁盘只剩 {free // 1024**2} MB"
    if not pending and (lost := backups.missing(database, settings.data_dir / "evidence")):
        yield f"有 {lost} 份依据材料的文件不在 {settings.data_dir / 'evidence'} 里，请从备份里找回"


def _several(database: Database) -> bool:
    with database.read() as session:
        return len(terms.committees(session)) > 1


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
            heartbeat.beat(session, "backup", clock(settings)())
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


@cli.command()
def jobs() -> None:
    """列出自动做的工作：下次什么时候做，上次做得怎样。"""
    with _said():
        settings = _settings()
        now = clock(settings)()
        database = _database(settings)
        with database.read() as session:
            ticked = heartbeat.last(session, "tick")
            runs = {job: job_runs.last(session, job.name) for job in serving.jobs_of(settings, database)}
        typer.echo(f"tick（安排和提醒）\n  下次：运行时每 {schedule.EVERY.seconds} 秒一次")
        typer.echo(f"  上次：{_moment(ticked, settings) if ticked else '还没有运行过'}")
        for job, run in runs.items():
            waits = job.owed(run, now)
            typer.echo(f"{job.name}（{job.word}）")
            typer.echo(f"  下次：{'运行后几分钟内' if waits else _moment(job.next(now), settings)}")
            typer.echo(f"  上次：{_how(run, settings) if run else '还没有做过'}")
        if settings.backup_dir is None and settings.chat != "demo":
            typer.echo(
                "– 没有设置 BACKUP_DIR，夜里不自动备份。请设置，或定期运行 python -m bot backup 文件名。"
            )


def _moment(at: datetime, settings: Settings) -> str:
    return f"{at.astimezone(settings.zone):%Y-%m-%d %H:%M}"


def _how(run: Run, settings: Settings) -> str:
    """When a job ended, and how; further lines stand below."""
    return f"{_moment(run.at, settings)} {'✗' if run.failed else '✓'} {run.result}".replace("\n", "\n    ")


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
        _stop(f"数据库出错（{reason(wrong)}）。请检查磁盘空间、读写权限和数据库文件。")
    except BrokenPipeError:  # whoever reads what is printed has seen enough
        raise typer.Exit from None
    except OSError as wrong:
        log.debug("stopped", exc_info=True)
        _stop(f"{reason(wrong)}。请检查磁盘空间和读写权限，或换一个位置。")


def _stop(sentence: str) -> NoReturn:
    typer.echo(f"✗ {sentence}", err=True)
    raise typer.Exit(1)


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
            f"连不上 {kind} 数据库（{reason(wrong)}）。请检查 DATABASE_URL、DATA_DIR、磁盘空间和读写权限。"
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
