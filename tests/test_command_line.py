"""The command line as a person at a terminal has it: real processes, in a folder of their own.

Starting Python and importing everything takes a second, so they are forked from one process that has imported it all;
the first start of `run` is the whole one.
"""

import http.client
import http.server
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import zipfile
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.channels.server import listen
from bot.permissions import Role
from bot.setup import EXAMPLE
from bot.stopped import Stopped
from bot.store import heartbeat
from bot.store.database import Database
from tests.conftest import new_database
from tests.nursery import ROOT, Child, Nursery, free_port
from tests.phone import PNG, Phone, World

TOKEN = "123456789:a-token-that-nobody-may-see-in-a-terminal"


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    def refused(self, *words: str) -> None:
        """It said one sentence, left with 1, and showed neither traceback nor secret."""
        assert self.code == 1, self
        said = [line for line in self.err.splitlines() if not line.startswith(("备份", "恢复"))]
        assert len([line for line in said if line.startswith("✗ ")]) == 1, self
        for word in words:
            assert word in self.err, self
        self.clean()

    def went_well(self) -> "Done":
        """It left with 0 and complained of nothing."""
        assert self.code == 0, self
        assert "✗" not in self.err
        self.clean()
        return self

    def clean(self) -> None:
        """No traceback, no warning, no secret."""
        assert not re.search(r"^[\w.]+(Error|Warning)\b", self.out + self.err, re.MULTILINE), self
        for word in ("Traceback", "Warning:", TOKEN, TOKEN.partition(":")[2], "hunter22"):
            assert word not in self.out + self.err, self


class Terminal:
    """A folder with an environment, and the program at hand."""

    def __init__(self, folder: Path, nursery: Nursery) -> None:
        self.folder, self.nursery = folder, nursery
        self.environment = {"WEB_CHAT": "on", "TERM": "dumb", "WEB_PORT": str(free_port())}

    def bot(self, *arguments: str, **environment: str) -> Done:
        """A command that ends by itself."""
        child = self.start(*arguments, **environment)
        return Done(child.wait(), child.out, child.err)

    def start(self, *arguments: str, **environment: str) -> Child:
        """A command that goes on."""
        return self.nursery.start(self.folder, *arguments, **{**self.environment, **environment})

    def write(self, name: str, text: str) -> str:
        """A file in the folder."""
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def database(self, path: str = "data/bot.db") -> Database:
        """What the commands work on, to look into."""
        return Database(f"sqlite:///{self.folder / path}")


@pytest.fixture
def terminal(tmp_path: Path, nursery: Nursery) -> Terminal:
    """A new folder with nothing set but a web chat."""
    return Terminal(tmp_path, nursery)


def code_in(text: str) -> str:
    found = re.search(r"邀请码：([2-9A-Z]{8})\n", text)
    assert found, text
    return found[1]


def answer(port: str) -> int:
    """The status of the first page; 0 when nobody listens."""
    with closing(http.client.HTTPConnection("127.0.0.1", int(port), timeout=5)) as page:
        try:
            page.request("GET", "/")
            return page.getresponse().status
        except ConnectionError:
            return 0


def wait_until_ready(process: Child, terminal: Terminal, port: str = "") -> str:
    """The first line that `run` prints, once it answers."""
    while not answer(port or terminal.environment["WEB_PORT"]):
        assert process.running(), process.err
        time.sleep(0.02)
    return process.out.partition("\n")[0]


def end(process: Child, how: signal.Signals = signal.SIGTERM) -> Done:
    """Ask a process to stop."""
    process.tell(how)
    return Done(process.wait(), process.out, process.err)


# --- setting up -------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_setup_makes_what_the_file_says_and_an_invitation_and_again_makes_nothing_new(
    terminal: Terminal,
) -> None:
    file = terminal.write("school.toml", EXAMPLE)
    first = terminal.bot("setup", file).went_well()
    assert first.out.count("支部 ") == 2
    assert "学期 2026–2027学年第一学期：2026-09-01 到 2027-01-22，自评 2026-12-25 到 2027-01-08" in first.out
    assert f"http://127.0.0.1:{terminal.environment['WEB_PORT']}/join/{code_in(first.out)}" in first.out
    again = terminal.bot("setup", file).went_well()
    assert "没有要新增的内容" in again.out
    assert code_in(again.out) == code_in(first.out)
    begun = date.today() > date(2026, 9, 1)
    assert ("在此之前到期的不再要求" in first.out) is begun
    more = EXAMPLE.replace("]\n", ', "双龙校区党支部"]\n', 1)
    added = terminal.bot("setup", terminal.write("school.toml", "\ufeff" + more)).went_well()
    assert added.out.startswith("支部 双龙校区党支部\n\n")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("committee = ", "不是有效的 TOML"),
        (EXAMPLE.replace("committee =", "comittee ="), "不认识 comittee"),
        (EXAMPLE.replace("committee =", "# committee ="), "committee 应是"),
        (EXAMPLE.replace('"劲松职业高中党总支"', '"' + "长" * 41 + '"'), "committee 应是"),
        (EXAMPLE.replace('"劲松职业高中党总支"', '"两\\n行"'), "不换行"),
        (EXAMPLE.replace("branches =", "branches = 5 #"), "branches"),
        (EXAMPLE.replace("branches =", "branches = [5] #"), "branches"),
        (EXAMPLE.replace("branches =", 'branches = ["甲支部", " 甲支部 "] #'), "重复"),
        (EXAMPLE.replace("branches =", 'branches = ["甲支部", "\u3164"] #'), "空白"),
        (EXAMPLE.replace("[[terms]]", "[terms]"), "terms"),
        (EXAMPLE.replace("ends", "end"), "ends"),
        (EXAMPLE + "end = 2027-01-22\n", "不认识 [[terms]] 里的 end"),
        (EXAMPLE + "opens = 2027-01-04\n", "一起写"),
        (EXAMPLE + "opens = 2027-01-04\ncloses = 5\n", "closes 应是日期"),
        (EXAMPLE + "opens = 2027-01-04\ncloses = 2027-01-25\n", "自评2027年1月4日至2027年1月25日"),
        (EXAMPLE.replace("2026-09-01", '"2026-09-01"'), "日期"),
        (EXAMPLE.replace("2026-09-01", "2026-09-01T08:00:00"), "日期"),
        (EXAMPLE.replace("2027-01-22", "2026-01-22"), "起止日期"),
        (EXAMPLE.replace("2027-01-22", "2029-01-22"), "起止日期"),
        (EXAMPLE.replace("2027-01-22", "2027-02-30"), "TOML"),
        (EXAMPLE + EXAMPLE.partition("]\n\n")[2], "重叠"),
        ('edition = "../../etc/passwd"\n' + EXAMPLE, "评价表版本"),
        ("[" * 5000, "TOML"),
    ],
)
def test_a_setup_file_with_a_mistake_is_refused_in_a_sentence_and_nothing_is_made(
    terminal: Terminal, text: str, word: str
) -> None:
    terminal.bot("setup", terminal.write("school.toml", text)).refused(word)
    assert not (terminal.folder / "data").exists()


def test_a_setup_file_that_cannot_be_read_is_refused_in_a_sentence(terminal: Terminal) -> None:
    (terminal.folder / "gb.toml").write_bytes(EXAMPLE.encode("gb18030"))
    terminal.bot("setup", "gb.toml").refused("gb.toml", "UTF-8")
    terminal.bot("setup", "missing.toml").refused("missing.toml")
    terminal.bot("setup", ".").refused("读不了")


@pytest.mark.slow
def test_a_term_may_say_when_self_evaluation_is_open(terminal: Terminal) -> None:
    made = terminal.bot(
        "setup", terminal.write("school.toml", EXAMPLE + "opens = 2026-12-18\ncloses = 2027-01-04\n")
    )
    assert "自评 2026-12-18 到 2027-01-04" in made.went_well().out


@pytest.mark.slow
def test_a_term_that_overlaps_one_that_is_there_is_refused_and_changes_nothing(terminal: Terminal) -> None:
    terminal.bot("setup", terminal.write("school.toml", EXAMPLE)).went_well()
    moved = EXAMPLE.replace("2026-09-01", "2026-09-08").replace("]\n", ', "新支部"]\n', 1)
    terminal.bot("setup", terminal.write("school.toml", moved)).refused("重叠", "没有改动")
    invited = terminal.bot("invite", "--role", "secretary", "--branch", "新支部")
    invited.refused("常营主校区党支部、劲松校区党支部。")


def test_what_is_real_is_not_put_into_the_demo(terminal: Terminal) -> None:
    terminal.write("school.toml", EXAMPLE)
    for command in (("setup", "school.toml"), ("restore", "backup.zip")):
        terminal.bot(*command, WEB_CHAT="").refused("演示模式", "WEB_CHAT=on")
    assert not (terminal.folder / "data").exists()


@pytest.mark.slow
def test_an_invitation_is_printed_with_link_and_qr_code_and_lets_a_person_in(terminal: Terminal) -> None:
    terminal.bot("setup", terminal.write("school.toml", EXAMPLE))
    made = terminal.bot("invite", "--role", "secretary", "--branch", "劲松校区党支部").went_well()
    assert "劲松校区党支部 支部书记，可用 1 次" in made.out
    assert sum(set("█▀▄") & set(line) != set() for line in made.out.splitlines()) >= 12  # the QR code
    several = terminal.bot("invite", "--role", "member", "--uses", "30").went_well()
    assert "可用 30 次" in several.out
    assert code_in(several.out) not in terminal.bot("invite", "--role", "member").went_well().out

    database = terminal.database()
    world = World(database, terminal.folder, lambda: datetime.now(UTC))
    phone = Phone(world.conversation, "a phone", name="书记甲").say(code_in(made.out))
    assert phone.reply.receipt is not None
    assert "加入成功" in phone.reply.receipt.title
    with database.read() as session:
        roles = session.connection().exec_driver_sql("SELECT role FROM seat").scalars().all()
    assert roles == [Role.SECRETARY]
    database.close()


@pytest.mark.slow
def test_an_invitation_that_makes_no_sense_is_refused_in_a_sentence(terminal: Terminal) -> None:
    terminal.bot("invite", "--role", "member").refused("setup")
    terminal.bot("setup", terminal.write("school.toml", EXAMPLE))
    terminal.bot("invite", "--role", "king").refused("没有职务 king")
    terminal.bot("invite", "--role", "secretary").refused("--branch", "常营主校区党支部")
    terminal.bot("invite", "--role", "officer", "--branch", "无此支部").refused("--branch")
    terminal.bot("invite", "--role", "member", "--branch", "劲松校区党支部").refused("不需要 --branch")
    terminal.bot("invite", "--role", "member", "--committee", "无此总支").refused("setup")
    terminal.write("second.toml", EXAMPLE.replace("劲松职业高中", "邻校"))
    terminal.bot("setup", "second.toml")
    terminal.bot("invite", "--role", "member").refused("--committee")
    terminal.bot("invite", "--role", "member", "--committee", "邻校党总支").went_well()


@pytest.mark.slow
def test_open_invitations_are_listed_whole_and_one_is_cancelled(terminal: Terminal) -> None:
    terminal.bot("invitations").refused("setup")
    terminal.bot("setup", terminal.write("school.toml", EXAMPLE))
    first = re.findall(r"^([2-9A-Z]{8})  ", terminal.bot("invitations").went_well().out, re.MULTILINE)
    assert len(first) == 1
    code = code_in(terminal.bot("invite", "--role", "member", "--uses", "3").out)
    listed = terminal.bot("invitations").went_well().out.splitlines()
    assert [line[:8] for line in listed] == [code, *first]
    assert "劲松职业高中党总支 总支委员  " in listed[0]
    assert "终端生成" in listed[0]
    assert listed[0].endswith("前可用 3 次")

    assert "已取消" in terminal.bot("invitations", "--cancel", f"/join/{code}").went_well().out
    assert terminal.bot("invitations").went_well().out.splitlines() == listed[1:]
    terminal.bot("invitations", "--cancel", code).refused("已作废")
    terminal.bot("invitations", "--cancel", "ABCD2345").refused("没有邀请码 ABCD2345")
    terminal.bot("invitations", "--cancel", first[0]).went_well()
    assert "没有还能用的邀请码" in terminal.bot("invitations").went_well().out
    assert code not in terminal.bot("invite", "--role", "member", "--uses", "3").went_well().out

    terminal.write("second.toml", EXAMPLE.replace("劲松职业高中", "邻校"))
    terminal.bot("setup", "second.toml")
    terminal.bot("invitations").refused("--committee")
    assert "邻校党总支 管理员" in terminal.bot("invitations", "--committee", "邻校党总支").went_well().out


# --- looking ahead ----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_preview_lists_who_would_hear_what_when_and_why_and_sends_nothing(terminal: Terminal) -> None:
    terminal.bot("setup", terminal.write("school.toml", EXAMPLE))
    made = terminal.bot("invite", "--role", "secretary", "--branch", "劲松校区党支部")
    database = terminal.database()
    with database.write() as session:  # as if it had been set up before the term
        session.connection().exec_driver_sql("UPDATE committee SET begins_on = NULL")
    world = World(database, terminal.folder, lambda: datetime.now(UTC))
    Phone(world.conversation, "a phone", name="书记甲").say(code_in(made.out))
    span = ("--from", "2026-11-01", "--to", "2026-11-06")

    table = terminal.bot("preview", *span).went_well().out
    head, *lines = table.splitlines()
    party_day = [line for line in lines if "主题党日" in line]
    assert [line.split("\t")[5] for line in party_day] == ["提前 4 天", "提前 1 天"]
    assert all(line.startswith("2026-11-0") and "书记甲" in line for line in party_day)
    assert "每月第1个周五" in party_day[0]
    assert "依据" in head
    found = json.loads(terminal.bot("preview", *span, "--format", "json").went_well().out)
    assert len(found) == len(lines)
    assert "SUMMARY:11月主题党日" in terminal.bot("preview", *span, "--format", "ics").went_well().out
    nobody = terminal.bot("preview", *span, "--branch", "常营主校区党支部").went_well()
    assert "没有提醒" in nobody.out
    assert "还没有人加入，不会收到提醒：常营主校区党支部。" in nobody.err
    assert not terminal.bot("preview", *span, "--branch", "劲松校区党支部").went_well().err
    assert "逾期" in terminal.bot("preview", "--from", "2026-11-16", "--to", "2026-11-20", "--late").out
    with database.read() as session:
        kept = session.connection().exec_driver_sql("SELECT count(*) FROM occurrence").scalar_one()
    assert kept == 0, "what was laid out to look ahead is not kept"
    database.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--from", "2026-13-01", "--to", "2026-12-31"), "没有看懂日期"),
        (("--from", "2026-12-31", "--to", "2026-12-01"), "--to 应在 --from 之后"),
        (("--from", "2026-12-01", "--to", "2026-12-31", "--branch", "无此支部"), "没有支部"),
        (("--from", "2026-12-01", "--to", "2026-12-31", "--format", "pdf"), "没有格式"),
    ],
)
def test_a_preview_that_makes_no_sense_is_refused_in_a_sentence(
    terminal: Terminal, arguments: tuple[str, ...], says: str
) -> None:
    terminal.bot("setup", terminal.write("school.toml", EXAMPLE))
    terminal.bot("preview", *arguments).refused(says)


# --- checking ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_check_says_that_all_is_well_and_whether_migrations_are_pending(terminal: Terminal) -> None:
    new = terminal.bot("check").went_well()
    assert "需要升级" in new.out
    terminal.bot("setup", terminal.write("school.toml", EXAMPLE))
    good = terminal.bot("check", DATABASE_URL=f"sqlite:///{terminal.folder}/data/bot.db").went_well()
    assert "✓ 数据库结构是最新的" in good.out
    assert "没有设置 TELEGRAM_TOKEN" in good.out
    assert "可用" in good.out


@pytest.mark.slow
def test_check_and_preview_say_when_no_term_follows(terminal: Terminal) -> None:
    terminal.bot("setup", terminal.write("school.toml", EXAMPLE))
    database, today = terminal.database(), datetime.now(UTC).date()
    for days, says in (
        (100, "✓ 学期：{}设置到 {}，之后还没有"),
        (30, "⚠ 学期：{}设置到 {}，就要结束"),
        (-5, "⚠ 学期：{}设置到 {}，已经结束"),
    ):
        starts, ends = today + timedelta(days=days - 130), today + timedelta(days=days)
        with database.write() as session:
            session.connection().exec_driver_sql(
                "UPDATE term SET starts = ?, ends = ?, opens = ?, closes = ?",
                tuple(f"{day}" for day in (starts, ends, starts, ends)),
            )
        assert says.format("劲松职业高中党总支的学期", ends) in terminal.bot("check").went_well().out
        span = ("--from", f"{today}", "--to", f"{today + timedelta(days=120)}")
        said = terminal.bot("preview", *span).went_well().err
        assert f"学期设置到 {ends}，之后没有学期" in said
        assert "请在「工作安排」的「学期」里新增" in said
    before = ("--from", f"{starts}", "--to", f"{ends}")
    assert "之后没有学期" not in terminal.bot("preview", *before).went_well().err
    with database.write() as session:
        session.connection().exec_driver_sql("DELETE FROM roll")
        session.connection().exec_driver_sql("DELETE FROM term")
    assert "还没有设置学期" in terminal.bot("check").went_well().out
    assert "还没有设置学期" in terminal.bot("preview", *before).went_well().err
    database.close()


@pytest.mark.slow
def test_check_warns_of_what_others_may_read_and_goes_well(terminal: Terminal) -> None:
    terminal.bot("setup", terminal.write("school.toml", EXAMPLE))
    assert "⚠" not in terminal.bot("check").went_well().out
    data = terminal.folder / "data"
    data.chmod(0o755)
    (data / "bot.db").chmod(0o644)  # said once: with the folder closed nobody gets there
    assert terminal.bot("check").went_well().out.count("⚠") == 1
    assert "⚠ 本机的其他用户能进入数据文件夹。请执行 chmod 700 data\n" in terminal.bot("check").out
    data.chmod(0o700)
    terminal.write(".env", f"SECRET_KEY={'k' * 32}")
    (terminal.folder / ".env").chmod(0o644)
    assert (
        "⚠ 本机的其他用户能读 .env 里的密钥。请执行 chmod 600 .env\n" in terminal.bot("check").went_well().out
    )
    (terminal.folder / ".env").unlink()
    (data / "bot.db").rename(terminal.folder / "elsewhere.db")
    elsewhere = terminal.bot("check", DATABASE_URL="sqlite:///elsewhere.db").went_well().out
    assert elsewhere.count("⚠") == 1
    assert "⚠ 本机的其他用户能读数据库文件。请执行 chmod 600 elsewhere.db\n" in elsewhere


@pytest.mark.parametrize(
    ("environment", "warning"),
    [
        ({"WEB_URL": "http://bot.example.cn"}, "⚠ WEB_URL 不是 https"),
        ({"WEB_HOST": "0.0.0.0"}, "⚠ 没有设置 WEB_URL，邀请链接会写成 http://0.0.0.0:"),  # noqa: S104
    ],
)
def test_check_warns_of_an_address_that_is_not_what_people_need(
    terminal: Terminal, environment: dict[str, str], warning: str
) -> None:
    assert warning in terminal.bot("check", **environment).went_well().out
    assert "⚠" not in terminal.bot("check", WEB_URL="HTTPS://Bot.Example.cn:443/").went_well().out


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"WEB_URL": "https://bot.example.cn/stars"}, "WEB_URL：网址后面不能带路径"),
        ({"WEB_URL": "https://a:hunter22@bot.example.cn"}, "WEB_URL：请只写网址本身"),
        ({"TIME_ZONE": "Asia/Jinsong"}, "TIME_ZONE：没有这个时区"),
        ({"DATA_DIR": "a file"}, "a file：这里已经有同名的文件"),
        ({"DATA_DIR": "a file/data"}, "路径中有一段不是文件夹"),
        ({"DATA_DIR": "/proc/nowhere"}, "/proc/nowhere：没有"),
        ({"DATA_DIR": "n" * 300}, "名称太长"),
        ({"DATABASE_URL": "sqlite:///what?.db"}, "DATABASE_URL：不认识 ? 后面的部分"),
        ({"WEB_HOST": "党建" * 40}, "用不了（不是地址）"),
        (
            {"HTTPS_PROXY": "socks5://127.0.0.1:1080", "TELEGRAM_TOKEN": TOKEN},
            "HTTPS_PROXY 和 HTTP_PROXY 应是",
        ),
    ],
)
def test_a_wrong_setting_is_named_by_check_and_at_start(
    terminal: Terminal, environment: dict[str, str], words: str
) -> None:
    terminal.write("a file", "")
    for command in ("check", "run"):
        terminal.bot(command, **environment).refused(words)


def test_an_empty_time_zone_is_the_usual_one_and_a_folder_may_have_any_name(terminal: Terminal) -> None:
    done = terminal.bot("check", TIME_ZONE="", DATA_DIR=" a %20?#b ").went_well()
    assert "时区 Asia/Shanghai" in done.out
    assert "✓ 数据库：SQLite a %20?#b/bot.db\n" in done.out
    assert [path.name for path in terminal.folder.iterdir() if path.is_dir()] == ["a %20?#b"]


@pytest.mark.slow
def test_a_key_that_is_damaged_is_named_by_check_and_at_start(terminal: Terminal) -> None:
    terminal.bot("check")
    for damaged in (b"short", b"\xff" * 64):
        (terminal.folder / "data/secret.key").write_bytes(damaged)
        for command in ("check", "run"):
            terminal.bot(command).refused("data/secret.key 里没有完整的密钥")


@pytest.mark.slow
def test_files_that_rows_name_and_nobody_has_are_counted(terminal: Terminal) -> None:
    path = with_evidence(terminal)
    assert "⚠" not in terminal.bot("check").went_well().out
    path.unlink()
    assert "⚠ 有 1 份依据材料的文件不在 data/evidence 里" in terminal.bot("check").went_well().out


def whole(terminal: Terminal, before: str, command: str) -> Done:
    """A command in a process of its own, behind some lines of Python."""
    script = f"{before}\nfrom bot.command_line import main\nmain([{command!r}])"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=terminal.folder,
        env={**terminal.environment, "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["check", "run"])
def test_a_library_of_sqlite_that_is_too_old_is_named_by_check_and_at_start(
    terminal: Terminal, command: str
) -> None:
    old = "import sqlite3; sqlite3.sqlite_version_info, sqlite3.sqlite_version = (3, 34, 1), '3.34.1'"
    whole(terminal, old, command).refused("✗ SQLite 版本 3.34.1 太旧，需要 3.35 以上。")


@pytest.mark.slow
def test_a_terminal_that_lacks_a_sign_shows_the_rest(terminal: Terminal) -> None:
    done = whole(terminal, "import sys; sys.stdout.reconfigure(encoding='ascii')", "check")
    assert "SQLite data/bot.db" in done.went_well().out


@pytest.mark.slow
@pytest.mark.parametrize("command", ["check", "run"])
def test_a_disk_that_takes_no_more_is_named_by_check_and_at_start(terminal: Terminal, command: str) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))"
    done = whole(terminal, limit, command)
    done.refused("data：文件太大，这里放不下" if command == "check" else "", "磁盘空间")


@pytest.mark.slow
def test_check_reaches_telegram_by_the_proxy_that_the_environment_names(terminal: Terminal) -> None:
    asked = []

    class Proxy(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            me = {"id": 1, "is_bot": True, "first_name": "星级", "username": "star_bot"}
            body = json.dumps({"ok": True, "result": me}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        threading.Thread(target=server.serve_forever).start()
        environment = {
            "TELEGRAM_TOKEN": TOKEN,
            "TELEGRAM_API_URL": "http://api.example.invalid",
            "HTTP_PROXY": f"127.0.0.1:{server.server_port}",
        }
        done = terminal.bot("check", **environment).went_well()
        assert "– 经环境变量指定的代理连接 Telegram\n✓ Telegram:@star_bot\n" in done.out
        terminal.bot("check", **environment, NO_PROXY="example.invalid").refused("连不上 Telegram")
        server.shutdown()
    assert asked == [f"http://api.example.invalid/bot{TOKEN}/getMe"]


def test_check_names_a_wrong_setting_without_its_value(terminal: Terminal) -> None:
    terminal.bot("check", WEB_PORT="hunter22").refused("WEB_PORT")
    terminal.write(".env", "SECRET_KEY=hunter22")
    terminal.bot("check").refused("SECRET_KEY")
    (terminal.folder / ".env").write_bytes(b"DATA_DIR=\xff")
    terminal.bot("check").refused("UTF-8")


@pytest.mark.slow
def test_a_database_that_cannot_be_used_is_said_to_be_by_every_command(
    terminal: Terminal, postgres: str
) -> None:
    terminal.write("school.toml", EXAMPLE)
    terminal.write("corrupt.db", "this is not a database, though it is long enough to be one" * 50)
    terminal.write("a file", "")
    (terminal.folder / "a folder").mkdir()
    with closing(terminal.database("good.db")) as good, good.write() as session:
        session.connection().exec_driver_sql(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"
        )
    port = free_port()
    nobody = sa.make_url(postgres).set(database="nobody_made_this").render_as_string(hide_password=False)
    commands = (("check",), ("run",), ("setup", "school.toml"), ("backup", "b.zip"))
    for url, words, tried in (
        ("sqlite:///corrupt.db", "SQLite", commands),
        ("sqlite:///a folder", "SQLite", commands[:1]),
        ("sqlite:///a file/bot.db", "SQLite", commands[:1]),
        (f"sqlite:///file:{terminal.folder}/good.db?mode=ro&uri=true", "", commands),
        (f"postgresql://bot:hunter22@127.0.0.1:{port}/bot", "PostgreSQL", commands),
        (nobody, "nobody_made_this", commands[:1]),
    ):
        for command in tried:
            terminal.bot(*command, DATABASE_URL=url).refused("数据库", words)
    assert not (terminal.folder / "b.zip").exists()


@pytest.mark.slow
def test_a_database_of_a_newer_version_is_refused_by_every_command(terminal: Terminal) -> None:
    terminal.bot("setup", terminal.write("school.toml", EXAMPLE))
    with closing(terminal.database()) as database, database.write() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for command in (("check",), ("run",), ("setup", "school.toml"), ("backup", "b.zip")):
        terminal.bot(*command).refused("更新的版本")


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_is_named(terminal: Terminal, postgres: str) -> None:
    terminal.write("a file", "")
    url = new_database(postgres, "without_folder")
    terminal.bot("run", DATABASE_URL=url, DATA_DIR="a file/data").refused("a file")


@pytest.mark.slow
def test_a_port_in_use_is_named_by_check_and_run(terminal: Terminal) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        for command in ("check", "run"):
            terminal.bot(command, WEB_PORT=port).refused(port, "WEB_PORT")
        (terminal.folder / "data").chmod(0o755)
        beside = terminal.bot("check", WEB_PORT=port)
    beside.refused("127.0.0.1 的端口", "已被占用", "请关掉占用它的程序")
    assert "⚠ 本机的其他用户能进入数据文件夹" in beside.out


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("no.such.host.invalid", "找不到这个地址"),
        ("192.168.1.999", "找不到这个地址"),
        ("192.0.2.1", "本机没有这个地址"),
    ],
)
def test_an_address_that_is_not_of_this_machine_is_named_and_not_its_port(host: str, why: str) -> None:
    with pytest.raises(Stopped) as stopped:
        listen(host, 0)
    assert str(stopped.value) == (
        f"地址 {host} 用不了（{why}）。请把 WEB_HOST 改成本机的地址，例如 127.0.0.1。"
    )


def test_check_names_an_address_that_is_wrong(terminal: Terminal) -> None:
    done = terminal.bot("check", WEB_HOST="no.such.host.invalid")
    done.refused("地址 no.such.host.invalid 用不了", "WEB_HOST")
    assert "端口" not in done.err


@pytest.mark.slow
def test_a_wrong_token_is_said_to_be_wrong_and_not_shown(terminal: Terminal) -> None:
    class Unauthorized(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = b'{"ok":false,"error_code":401,"description":"Unauthorized"}'
            self.send_response(401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Unauthorized) as server:
        threading.Thread(target=server.serve_forever).start()
        api = f"http://127.0.0.1:{server.server_port}"
        for command in ("check", "run"):
            done = terminal.bot(command, TELEGRAM_TOKEN=TOKEN, TELEGRAM_API_URL=api, LOG_LEVEL="DEBUG")
            assert done.code == 1
            assert "✗ Telegram 不认识" in done.err
            assert TOKEN not in done.out + done.err
        terminal.bot("setup", terminal.write("school.toml", EXAMPLE))
        made = terminal.bot("invite", "--role", "member", TELEGRAM_TOKEN=TOKEN, TELEGRAM_API_URL=api)
        assert made.code == 0
        assert "Telegram 链接暂时得不到" in made.err
        made.clean()
        server.shutdown()
    api = f"http://127.0.0.1:{free_port()}"
    terminal.bot("check", TELEGRAM_TOKEN=TOKEN, TELEGRAM_API_URL=api).refused("Telegram")


@pytest.mark.slow
def test_a_token_that_is_withdrawn_later_does_not_stop_the_web_chat(terminal: Terminal) -> None:
    answers = {
        "getMe": (200, b'{"ok":true,"result":{"id":1,"is_bot":true,"first_name":"b","username":"star_bot"}}'),
        "getUpdates": (401, b'{"ok":false,"error_code":401,"description":"Unauthorized"}'),
    }
    asked = threading.Semaphore(0)

    class Withdrawn(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            method = self.path.rpartition("/")[2]
            status, body = answers.get(method, (200, b'{"ok":true,"result":true}'))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            if method == "getUpdates":
                asked.release()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    terminal.bot("setup", terminal.write("school.toml", EXAMPLE))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Withdrawn) as server:
        threading.Thread(target=server.serve_forever).start()
        api = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": f"http://127.0.0.1:{server.server_port}"}
        process = terminal.start("run", **api)
        assert asked.acquire(timeout=120)
        wait_until_ready(process, terminal)
        deadline = time.monotonic() + 120
        while "Telegram has stopped" not in process.err and time.monotonic() < deadline:
            time.sleep(0.1)
        end(process)
        alone = terminal.bot("run", WEB_CHAT="off", **api)
        server.shutdown()
        assert "Telegram has stopped" in process.err
        assert TOKEN not in process.err
        assert (alone.code, "✗ Telegram 不认识" in alone.err) == (1, True)


# --- backing up -------------------------------------------------------------------------------------------------


def with_evidence(terminal: Terminal) -> Path:
    """Set up a committee with one evidence file; where that lies."""
    terminal.bot("setup", terminal.write("school.toml", EXAMPLE))
    world = World(terminal.database(), terminal.folder / "data", lambda: pytest.fail("no clock is asked"))
    path = world.evidence.keep(PNG)
    assert path is not None
    with world.database.write() as session:
        connection = session.connection()
        connection.exec_driver_sql(
            "INSERT INTO person (name, joined_at) VALUES ('书记甲', '2026-09-01 00:00:00')"
        )
        connection.exec_driver_sql(
            "INSERT INTO evidence (branch_id, term_id, item, rater, name, mime, size, sha256, person_id, at)"
            " VALUES (1, 1, 1, 0, 'a.png', 'image/png', 1, ?, 1, '2026-09-01 00:00:00')",
            (path.name,),
        )
    world.database.close()
    return path


@pytest.mark.slow
def test_a_backup_takes_no_other_files_place(terminal: Terminal) -> None:
    terminal.bot("setup", terminal.write("school.toml", EXAMPLE))
    terminal.write(".env", "WEB_CHAT=on")
    folder = terminal.folder
    (folder / "link to data").symlink_to("data")
    (folder / "link.zip").symlink_to("school.toml")
    (folder / "loop").symlink_to("loop")
    os.mkfifo(folder / "pipe")

    def files() -> dict[str, bytes]:
        found = [path for path in folder.rglob("[!.]*") if path.is_file() and "bot.db-" not in path.name]
        return {str(path): path.read_bytes() for path in found}

    before = files()
    for target, words in (
        ("data/bot.db", "不能放在数据文件夹 data 里"),
        ("data/new.zip", "不能放在数据文件夹"),
        ("data/evidence/new.zip", "不能放在数据文件夹"),
        ("link to data/new.zip", "不能放在数据文件夹"),
        ("nowhere/../data/new.zip", "不能放在数据文件夹"),
        (str(folder / "data/bot.db-wal"), "不能放在数据文件夹"),
        ("school.toml", "school.toml 已经存在，而且不是备份文件，没有改动"),
        (".env", ".env 已经存在，而且不是备份文件"),
        ("link.zip", "是一个链接"),
        (".", "是一个文件夹"),
        ("/dev/null", "不是普通的文件"),
        ("pipe", "不是普通的文件"),
        ("no/such/folder/b.zip", "no/such/folder/b.zip：没有这个文件夹"),
        ("school.toml/b.zip", "不是文件夹"),
        ("loop/b.zip", "链接绕成了圈"),
        ("n" * 300, "名称太长"),
        ("/proc/b.zip", "/proc/b.zip："),
    ):
        terminal.bot("backup", target).refused(words)
    assert files() == before
    done = terminal.bot("backup", "b.zip").went_well()
    assert "⚠" not in done.out
    assert stat.S_IMODE((folder / "b.zip").stat().st_mode) == 0o600
    terminal.bot("backup", "b.zip").went_well()


@pytest.mark.slow
def test_evidence_that_is_gone_is_named_and_what_a_backup_lost_is_refused(terminal: Terminal) -> None:
    path = with_evidence(terminal)
    terminal.bot("backup", "good.zip").went_well()
    with (
        zipfile.ZipFile(terminal.folder / "good.zip") as good,
        zipfile.ZipFile(terminal.folder / "bad.zip", "w") as bad,
    ):
        for name in good.namelist():
            if not name.startswith("evidence/"):
                bad.writestr(name, good.read(name))
    terminal.bot("restore", "bad.zip", DATA_DIR="other").refused(
        "备份里缺少 1 份依据材料：a.png（常营主校区党支部 第 1 项）。没有恢复"
    )
    assert not (terminal.folder / "other/evidence").exists()
    path.unlink()
    gone = "⚠ 1 份依据材料的文件已经丢失，不在其中：\n  a.png（常营主校区党支部 第 1 项）\n"
    saved = terminal.bot("backup", "poor.zip").went_well()
    assert saved.out.endswith(gone)
    restored = terminal.bot("restore", "poor.zip", DATA_DIR="other").went_well()
    assert restored.out.endswith(gone)
    assert restored.out.startswith("已恢复 ")


def test_a_file_that_no_zip_is_made_of_is_not_restored(terminal: Terminal) -> None:
    os.mkfifo(terminal.folder / "pipe")
    for source in ("pipe", "/dev/null", "/dev/zero", ".", "missing"):
        terminal.bot("restore", source).refused(f"读不了文件 {source}")


@pytest.mark.slow
def test_a_backup_is_restored_with_its_evidence_into_a_new_folder_and_once_only(terminal: Terminal) -> None:
    path = with_evidence(terminal)
    kept = terminal.folder / "data/evidence"
    saved = terminal.bot("backup", "b.zip").went_well()
    count = int(re.findall(r"已备份 (\d+) 条记录", saved.out)[0])
    restored = terminal.bot("restore", "b.zip", DATA_DIR="other").went_well()
    assert f"已恢复 {count} 条记录" in restored.out
    assert (terminal.folder / "other/evidence" / path.relative_to(kept)).read_bytes() == PNG
    terminal.bot("check", DATA_DIR="other").went_well()
    with closing(terminal.database()) as database, database.read() as session:
        made = heartbeat.last(session, "backup")
    assert made is not None
    assert abs(datetime.now(UTC) - made) < timedelta(minutes=5)
    terminal.bot("restore", "b.zip", DATA_DIR="other").refused("已有数据")
    terminal.bot("restore", "school.toml", DATA_DIR="third").refused("不是完整的备份文件")
    terminal.bot("restore", "missing.zip", DATA_DIR="third").refused("missing.zip")
    terminal.bot("backup", "no/such/folder/b.zip").refused("no/such/folder")
    terminal.bot("backup", "data").refused("data")
    assert not list(terminal.folder.glob("*.partial"))


# --- running ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_run_serves_the_web_chat_until_it_is_told_to_stop_and_starts_again(terminal: Terminal) -> None:
    demo = {"WEB_CHAT": ""}
    process = terminal.nursery.start_whole(terminal.folder, "run", **{**terminal.environment, **demo})
    assert "演示" in wait_until_ready(process, terminal)
    key = terminal.folder / "data/secret.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    signing = key.read_text()
    assert len(signing) >= 32
    terminal.bot("run", **demo).refused("WEB_PORT")  # the port is taken
    assert signing not in "".join(path.read_text() for path in terminal.folder.glob(".[oe]*"))
    ended = end(process)
    ended.went_well()
    assert answer(terminal.environment["WEB_PORT"]) == 0

    second = terminal.start("run", **demo)
    wait_until_ready(second, terminal)
    end(second, signal.SIGINT).went_well()
    assert key.read_text() == signing
    with closing(terminal.database("data/demo.db")) as database, database.read() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM committee").scalar() == 1

    terminal.bot("run", DATABASE_URL="sqlite:///data/demo.db").refused("演示数据")
    terminal.bot(
        "setup", terminal.write("school.toml", EXAMPLE), DATABASE_URL="sqlite:///data/demo.db"
    ).refused("演示数据")
    terminal.write("data/secret.key", "")
    terminal.bot("run", **demo).refused("secret.key")


def test_the_demo_runs_on_no_real_database_and_on_this_machine_only(terminal: Terminal) -> None:
    terminal.bot("setup", terminal.write("school.toml", EXAMPLE))
    terminal.bot("run", WEB_CHAT="demo", DATABASE_URL="sqlite:///data/bot.db").refused(
        "正式数据", "WEB_CHAT=on"
    )
    terminal.bot("run", WEB_CHAT="demo", WEB_HOST="192.168.1.7").refused("WEB_HOST")


@pytest.mark.slow
@pytest.mark.parametrize("written", ["HTTPS://党建.Example.cn:443/", "https://xn--n5qz54a.example.cn."])
def test_however_the_address_is_written_its_pages_open_and_its_cookies_are_secure(
    terminal: Terminal, written: str
) -> None:
    terminal.bot("setup", terminal.write("school.toml", EXAMPLE))
    made = terminal.bot("invite", "--role", "member", WEB_URL=written).went_well()
    assert f"链接：https://xn--n5qz54a.example.cn/join/{code_in(made.out)}\n" in made.out
    process = terminal.start("run", WEB_URL=written)
    wait_until_ready(process, terminal)
    found = []
    for host in ("xn--n5qz54a.example.cn", "evil.example"):
        with closing(http.client.HTTPConnection("127.0.0.1", int(terminal.environment["WEB_PORT"]))) as page:
            page.request("GET", "/", headers={"Host": host})
            answer = page.getresponse()
            found.append((answer.status, "; Secure" in (answer.getheader("Set-Cookie") or "").title()))
    assert found == [(200, True), (400, False)]
    end(process).went_well()


@pytest.mark.slow
def test_two_starts_at_once_in_a_new_folder_share_one_key_and_one_demo(terminal: Terminal) -> None:
    ports = str(free_port()), str(free_port())
    both = [terminal.start("run", WEB_CHAT="demo", WEB_PORT=port) for port in ports]
    for process, port in zip(both, ports, strict=True):
        wait_until_ready(process, terminal, port)
    for process in both:
        end(process).went_well()
    with closing(terminal.database("data/demo.db")) as database, database.read() as session:
        connection = session.connection()
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert connection.exec_driver_sql("SELECT count(*) FROM committee").scalar() == 1
    assert sorted(path.name for path in (terminal.folder / "data").glob("secret*")) == ["secret.key"]
