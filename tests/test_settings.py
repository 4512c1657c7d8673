"""Settings: every wrong one is named in one sentence, and no secret is ever shown."""

import os
import re
import zoneinfo
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.settings import MailServer, Settings, SettingsWrong, proxy_for, read_settings
from bot.store.database import Database

EXAMPLE = Path(__file__).parents[1] / ".env.example"
TOKEN = "123456789:" + "Aa0-_" * 7
SECRETS = {
    "TELEGRAM_TOKEN": TOKEN,
    "TELEGRAM_WEBHOOK_SECRET": "a-webhook-secret-of-ours",
    "SECRET_KEY": "a signing key that is long enough for us",
}


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without .env and an environment without settings."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.delenv(name, raising=False)
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, *lines: str) -> None:
    (folder / ".env").write_text("\n".join(lines), encoding="utf-8")


def test_with_nothing_set_the_demo_starts_on_this_machine() -> None:
    settings = read_settings()
    assert (settings.chat, settings.web_host, settings.web_port) == ("demo", "127.0.0.1", 8000)
    assert str(settings.database) == "sqlite:///data/demo.db"
    assert settings.address == "http://127.0.0.1:8000"
    assert settings.zone.key == "Asia/Shanghai"
    assert settings.secrets == ()


def test_a_channel_that_is_configured_ends_the_demo_unless_it_is_asked_for(bare: Path) -> None:
    write(bare, f"TELEGRAM_TOKEN={TOKEN}")
    assert (read_settings().chat, str(read_settings().database)) == ("off", "sqlite:///data/bot.db")
    write(bare, f"TELEGRAM_TOKEN={TOKEN}", "WEB_CHAT=demo")
    assert read_settings().chat == "demo"


def test_a_calendars_address_is_given_out_only_where_people_know_an_address_of_ours(bare: Path) -> None:
    assert read_settings().calendars == "http://127.0.0.1:8000/calendar/"
    write(bare, f"TELEGRAM_TOKEN={TOKEN}")
    assert read_settings().calendars == ""
    write(bare, f"TELEGRAM_TOKEN={TOKEN}", "WEB_URL=https://bot.example.cn/")
    assert read_settings().calendars == "https://bot.example.cn/calendar/"


def test_the_environment_goes_before_the_file(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(bare, "WEB_PORT=8001", "web_host=::1", "UNKNOWN=x")
    monkeypatch.setenv("WEB_PORT", "8002")
    settings = read_settings()
    assert (settings.web_port, settings.web_host) == (8002, "::1")


def test_a_file_from_windows_is_read_with_its_byte_order_mark(bare: Path) -> None:
    (bare / ".env").write_bytes("\ufeffWEB_PORT=8001\r\nDATA_DIR=数据\r\n".encode())
    assert (read_settings().web_port, read_settings().data_dir) == (8001, Path("数据"))


@pytest.mark.parametrize(
    ("names", "lines"),
    [
        (["WEB_PORT"], ["WEB_PORT=eighty"]),
        (["WEB_PORT"], ["WEB_PORT=0"]),
        (["WEB_PORT"], ["WEB_PORT=65536"]),
        (["WEB_PORT"], ["WEB_PORT=80.5"]),
        (["WEB_PORT"], ["WEB_PORT=" + "9" * 5000]),
        (["WEB_CHAT"], ["WEB_CHAT=yes-please"]),
        (["LOG_LEVEL"], ["LOG_LEVEL=LOUD"]),
        (["LOG_FORMAT"], ["LOG_FORMAT=xml-please"]),
        (["TIME_ZONE"], ["TIME_ZONE=Asia/Jinsong"]),
        (["TIME_ZONE"], ["TIME_ZONE=America/Indiana"]),
        (["TIME_ZONE"], ["TIME_ZONE=../../etc/passwd"]),
        (["DATABASE_URL"], ["DATABASE_URL=mysql://user:hunter22@host/bot"]),
        (["DATABASE_URL"], ["DATABASE_URL=postgresql://user:hunter22@host:port/bot"]),
        (["DATABASE_URL"], ["DATABASE_URL=postgresql://user:hunter22@host:5432"]),
        (["DATABASE_URL"], ["DATABASE_URL=postgresql://user:hunter22@ss@host:5432/bot"]),
        (["DATABASE_URL"], ["DATABASE_URL=sqlite:///"]),
        (["DATABASE_URL"], ["DATABASE_URL=sqlite:///:memory:"]),
        (["DATABASE_URL"], ["DATABASE_URL=data/hunter22.db"]),
        (["DATABASE_URL"], ["DATABASE_URL=sqlite:///file::memory:?uri=true"]),
        (["DATABASE_URL"], ["DATABASE_URL=sqlite:///file:hunter22?mode=memory&uri=true"]),
        (["DATABASE_URL", "%3F"], ["DATABASE_URL=sqlite:///what?hunter22.db"]),
        (["DATABASE_URL"], ["DATABASE_URL=sqlite:///a%00b.db"]),
        (["DATA_DIR"], ['DATA_DIR="a\\nb"']),
        (["DATA_DIR"], ["DATA_DIR=a\u202eb"]),
        (["WEB_URL"], ["WEB_URL=bot.school.example"]),
        (["WEB_URL"], ["WEB_URL=https://"]),
        (["WEB_URL"], ["WEB_URL=https://host:badport/"]),
        (["WEB_URL"], ["WEB_URL=https://[bad"]),
        (["WEB_URL"], ["WEB_URL=https:bot.example.cn"]),
        (["WEB_URL"], ["WEB_URL=https:///bot.example.cn"]),
        (["WEB_URL"], ["WEB_URL=https：//bot.example.cn"]),
        (["WEB_URL"], ["WEB_URL=https://bot example.cn"]),
        (["WEB_URL"], ["WEB_URL=https://bot..example.cn"]),
        (["WEB_URL"], ["WEB_URL=https://-bot.example.cn"]),
        (["WEB_URL"], ["WEB_URL=https://" + "b" * 64 + ".example.cn"]),
        (["WEB_URL"], ["WEB_URL=https://" + "党" * 64 + ".example.cn"]),
        (["WEB_URL"], ["WEB_URL=https://127.1"]),
        (["WEB_URL"], ["WEB_URL=https://0x7f000001"]),
        (["WEB_URL"], ["WEB_URL=https://010.0.0.1"]),
        (["WEB_URL"], ["WEB_URL=https://[fe80::1%25eth0]"]),
        (["WEB_URL"], ["WEB_URL=https://bot.example.cn:0"]),
        (["WEB_URL"], ["WEB_URL=https://bot.example.cn:65536"]),
        (["WEB_URL"], ["WEB_URL=https://bot.example.cn\\@evil.example"]),
        (["WEB_URL"], ["WEB_URL=https://bot\u200b.example.cn"]),
        (["WEB_URL"], ["WEB_URL=ftp://bot.example.cn"]),
        (["WEB_URL", "不带用户名、密码"], ["WEB_URL=https://admin:hunter22@bot.example.cn"]),
        (["WEB_URL", "不带用户名、密码"], ["WEB_URL=https://admin@bot.example.cn"]),
        (["WEB_URL", "? 或 #"], ["WEB_URL=https://bot.example.cn/?a=hunter22"]),
        (["WEB_URL", "? 或 #"], ["WEB_URL=https://bot.example.cn#hunter22"]),
        (["WEB_URL", "不能带路径"], ["WEB_URL=https://bot.example.cn/stars"]),
        (["WEB_URL", "不能带路径"], ["WEB_URL=https://bot.example.cn/stars/"]),
        (["TELEGRAM_API_URL"], ["TELEGRAM_API_URL=ftp://api.example.cn"]),
        (["TELEGRAM_API_URL", "/bot"], ["TELEGRAM_API_URL=https://api.telegram.org/bot"]),
        (["TELEGRAM_API_URL", "/bot"], ["TELEGRAM_API_URL=https://api.telegram.org/bot1:hunter22"]),
        (["TELEGRAM_API_URL", "密码"], ["TELEGRAM_API_URL=https://me:hunter22@api.example.cn"]),
        (["TELEGRAM_TOKEN"], ["TELEGRAM_TOKEN=no-token-at-all"]),
        (["TELEGRAM_TOKEN"], ["TELEGRAM_TOKEN=12345:令牌"]),
        (["TELEGRAM_WEBHOOK_URL"], ["TELEGRAM_WEBHOOK_URL=not-an-address"]),
        (
            ["TELEGRAM_WEBHOOK_URL", "https"],
            [
                "TELEGRAM_WEBHOOK_URL=http://bot.example.cn/127.0.0.1/telegram",
                "TELEGRAM_WEBHOOK_SECRET=" + "x" * 16,
            ],
        ),
        (["TELEGRAM_WEBHOOK_URL", "/telegram"], ["TELEGRAM_WEBHOOK_URL=https://bot.example.cn/hook"]),
        (["TELEGRAM_WEBHOOK_URL", "443、80、88、8443"], ["TELEGRAM_WEBHOOK_URL=https://bot.example.cn:8444"]),
        (["TELEGRAM_WEBHOOK_SECRET"], ["TELEGRAM_WEBHOOK_URL=https://bot.example.cn"]),
        (
            ["TELEGRAM_WEBHOOK_SECRET"],
            ["TELEGRAM_WEBHOOK_URL=https://bot.example.cn", "TELEGRAM_WEBHOOK_SECRET=too-short"],
        ),
        (
            ["TELEGRAM_WEBHOOK_SECRET"],
            ["TELEGRAM_WEBHOOK_URL=https://bot.example.cn", "TELEGRAM_WEBHOOK_SECRET=with a blank and more"],
        ),
        (["WECOM_BOT_ID", "WECOM_BOT_SECRET", "一起"], ["WECOM_BOT_ID=aib-1"]),
        (["WECOM_BOT_ID", "WECOM_BOT_SECRET", "一起"], ["WECOM_BOT_SECRET=hunter22"]),
        (["WECOM_BOT_ID"], ["WECOM_BOT_ID=机器人", "WECOM_BOT_SECRET=hunter22"]),
        (["WECOM_BOT_SECRET"], ["WECOM_BOT_ID=aib-1", "WECOM_BOT_SECRET=hunter 22"]),
        (["WECOM_BOT_URL", "wss://"], ["WECOM_BOT_URL=https://openws.example.cn"]),
        (["WECOM_BOT_URL", "wss://"], ["WECOM_BOT_URL=ws://openws.example.cn"]),
        (["WECOM_BOT_URL"], ["WECOM_BOT_URL=wss://me:hunter22@openws.example.cn"]),
        (["SECRET_KEY"], ["SECRET_KEY=too-short"]),
        (["WEB_CHAT", "WEB_HOST"], ["WEB_HOST=0.0.0.0"]),
        (["WEB_CHAT", "WEB_HOST"], ["WEB_CHAT=demo", "WEB_HOST=192.168.1.7"]),
        (["WEB_PORT", "LOG_LEVEL"], ["WEB_PORT=eighty", "LOG_LEVEL=LOUD"]),
    ],
)
def test_a_wrong_setting_is_named_in_chinese_and_its_value_is_not_shown(
    bare: Path, names: list[str], lines: list[str]
) -> None:
    write(bare, *lines)
    with pytest.raises(SettingsWrong) as wrong:
        read_settings()
    said = str(wrong.value)
    heading, *rest = said.splitlines()
    assert heading == "设置有误，请检查 .env 或环境变量："
    assert len(rest) == (2 if "LOG_LEVEL=LOUD" in lines and len(lines) > 1 else 1)
    assert all(name in said for name in names)
    assert all(re.search("[一-鿿]", line) for line in rest)
    for line in lines:
        value = line.partition("=")[2]
        assert value in ("", "0", "demo", "https://", "sqlite:///") or value not in said
    assert "hunter22" not in said
    assert wrong.value.__cause__ is None
    assert wrong.value.__suppress_context__


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("WEB_PORT=8001\n\n# a remark\nthis is = not = a setting\n", r"^\.env 第 4 行看不懂，应写成 名称=值"),
        ("\n\n\nhunter22", r"^\.env 第 4 行看不懂"),
        ("SECRET_KEY: hunter22", r"^\.env 第 1 行看不懂"),
        ("SECRET_KEY='hunter22\nWEB_PORT=8001", r"^\.env 第 1 行看不懂"),
        (
            "WEB_PORT=8001\nTELEGRAM_TOKN=hunter22",
            r"^\.env 第 2 行的 TELEGRAM_TOKN 没有这个设置，是不是 TELEGRAM_TOKEN",
        ),
    ],
)
def test_a_line_that_would_be_passed_over_is_refused_in_a_sentence(bare: Path, text: str, says: str) -> None:
    write(bare, text)
    with pytest.raises(SettingsWrong, match=says) as wrong:
        read_settings()
    assert "hunter22" not in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_what_other_programs_need_may_be_in_the_file_too(bare: Path) -> None:
    write(bare, "POSTGRES_PASSWORD=x", "TZ=Asia/Shanghai", "export WEB_PORT=8001", "web_chat=on")
    assert (read_settings().web_port, read_settings().web_chat) == (8001, "on")


@pytest.mark.parametrize(
    "data", [b"WEB_PORT=8000\nDATA_DIR=\xff\xfe", "DATA_DIR=数据".encode("gb18030"), b"\xff\xfeW\0E\0"]
)
def test_a_file_in_another_encoding_is_refused_in_a_sentence(bare: Path, data: bytes) -> None:
    (bare / ".env").write_bytes(data)
    with pytest.raises(SettingsWrong, match=r"\.env.*UTF-8"):
        read_settings()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////var/bot.db",
        "sqlite:///data/bot.db?timeout=30",
        "postgresql://bot@db/bot",
        "postgresql+psycopg://bot@db:5432/bot?sslmode=require",
    ],
)
def test_a_database_of_either_kind_can_be_named(bare: Path, url: str) -> None:
    write(bare, f"DATABASE_URL={url}")
    assert str(read_settings().database) == url


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:////var/a%20b/%E4%B8%AD.db", "/var/a b/中.db"),
        ("sqlite:////var/a b/中.db", "/var/a b/中.db"),
        ("sqlite:///what%3F%23.db", "what?#.db"),
        ("sqlite:///100%25.db", "100%.db"),
    ],
)
def test_a_file_of_any_name_can_be_named_as_the_database(bare: Path, url: str, file: str) -> None:
    write(bare, f"DATABASE_URL={url}")
    assert read_settings().database.database == file


@pytest.mark.parametrize(
    "folder", ["a b", "a%20b", "what?", "a#b", "中文", "a&b=c;d", "100%", "%zz", "~x", "a'b"]
)
def test_the_data_may_lie_in_a_folder_of_any_name(
    bare: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.setenv("DATA_DIR", folder)
    monkeypatch.setenv("WEB_CHAT", "on")
    with closing(Database(read_settings().database)) as database, database.write() as session:
        session.execute(sa.text("CREATE TABLE written (n INTEGER)"))
    assert (bare / folder / "bot.db").stat().st_size > 0
    assert [path.name for path in bare.iterdir()] == [folder]


def test_a_tilde_is_the_home_folder(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/starbot")
    write(bare, "DATA_DIR=~/data")
    assert read_settings().data_dir == Path("/home/starbot/data")


def test_an_empty_setting_is_what_it_is_without_it(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = read_settings()
    for blank in ("", "  ", '""'):
        for name in Settings.model_fields:
            monkeypatch.setenv(name.upper(), blank)
        assert read_settings() == before
    write(bare, "WEB_PORT=8001")
    assert read_settings().web_port == 8000  # the environment goes before the file, empty or not


def test_blanks_and_quotation_marks_around_a_setting_are_not_part_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {
        "TIME_ZONE": " Asia/Urumqi ",
        "WEB_PORT": "'8001'",
        "WEB_URL": '"https://bot.example.cn"',
        "TELEGRAM_TOKEN": f"\u3000{TOKEN}\t",
        "DATA_DIR": '" my data "',
        "WEB_CHAT": " on",
    }.items():
        monkeypatch.setenv(name, value)
    settings = read_settings()
    assert (settings.zone.key, settings.web_port, settings.web_url) == (
        "Asia/Urumqi",
        8001,
        "https://bot.example.cn",
    )
    assert settings.telegram_token.get_secret_value() == TOKEN
    assert (settings.data_dir, settings.chat) == (Path("my data"), "on")


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("https://bot.example.cn/", "https://bot.example.cn"),
        ("https://bot.example.cn:443", "https://bot.example.cn"),
        ("http://bot.example.cn:80/", "http://bot.example.cn"),
        ("https://bot.example.cn:80", "https://bot.example.cn:80"),
        ("HTTPS://Bot.Example.CN:8443/", "https://bot.example.cn:8443"),
        ("https://bot.example.cn.", "https://bot.example.cn"),
        ("https://党建.example.cn", "https://xn--n5qz54a.example.cn"),
        ("https://党建。中国", "https://xn--n5qz54a.xn--fiqs8s"),
        ("https://XN--N5QZ54A.example.cn", "https://xn--n5qz54a.example.cn"),
        ("http://192.168.1.7:8000", "http://192.168.1.7:8000"),
        ("https://[2001:DB8:0:0::1]:8443", "https://[2001:db8::1]:8443"),
        ("http://star_bot:8000", "http://star_bot:8000"),
    ],
)
def test_the_address_is_written_as_a_browser_writes_it(bare: Path, written: str, normal: str) -> None:
    write(bare, f"WEB_URL={written}", "WEB_CHAT=on")
    assert (read_settings().web_url, read_settings().address) == (normal, normal)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("::1", "http://[::1]:8000"),
        ("0.0.0.0", "http://0.0.0.0:8000"),  # noqa: S104
        ("192.168.1.7", "http://192.168.1.7:8000"),
    ],
)
def test_without_an_address_it_is_where_the_server_listens(bare: Path, host: str, address: str) -> None:
    write(bare, f"WEB_HOST={host}", "WEB_CHAT=on")
    assert read_settings().address == address


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("https://api.telegram.org/", "https://api.telegram.org"),
        ("HTTP://127.0.0.1:8081/", "http://127.0.0.1:8081"),
        ("https://example.cn:443/telegram/api/", "https://example.cn/telegram/api"),
    ],
)
def test_a_bot_api_server_may_live_under_a_path(bare: Path, written: str, normal: str) -> None:
    write(bare, f"TELEGRAM_API_URL={written}")
    assert read_settings().telegram_api_url == normal


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("https://bot.example.cn", "https://bot.example.cn/telegram"),
        ("HTTPS://bot.example.cn:443/telegram/", "https://bot.example.cn/telegram"),
        ("https://bot.example.cn:8443/school/telegram", "https://bot.example.cn:8443/school/telegram"),
        ("http://127.0.0.1:80/telegram", "http://127.0.0.1/telegram"),
    ],
)
def test_a_webhook_ends_where_the_bot_listens(bare: Path, written: str, normal: str) -> None:
    write(bare, f"TELEGRAM_WEBHOOK_URL={written}", "TELEGRAM_WEBHOOK_SECRET=" + "x" * 16)
    assert read_settings().telegram_webhook_url == normal


def test_a_machine_without_time_zones_is_told_so(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(key: str) -> None:
        raise zoneinfo.ZoneInfoNotFoundError(key)

    monkeypatch.setattr("bot.settings.ZoneInfo", none)
    monkeypatch.setattr("bot.settings.available_timezones", set)
    with pytest.raises(SettingsWrong, match="TIME_ZONE：这台机器上没有时区数据，请安装系统的 tzdata"):
        read_settings()


# --- proxies ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "address", "proxy"),
    [
        ({}, "https://api.telegram.org", None),
        ({"HTTPS_PROXY": "http://proxy:3128"}, "https://api.telegram.org", "http://proxy:3128"),
        ({"https_proxy": "proxy:3128"}, "https://api.telegram.org", "http://proxy:3128"),
        ({"HTTP_PROXY": "http://proxy:3128"}, "https://api.telegram.org", None),
        ({"HTTP_PROXY": "http://proxy:3128"}, "http://api.example.cn", "http://proxy:3128"),
        ({"HTTPS_PROXY": "p:1", "NO_PROXY": "example.cn"}, "https://api.example.cn", None),
        ({"HTTPS_PROXY": "p:1", "NO_PROXY": "*"}, "https://api.telegram.org", None),
        ({"HTTPS_PROXY": "p:1", "HTTP_PROXY": "p:1"}, "http://127.0.0.1:8081", None),
        ({"HTTPS_PROXY": "p:1", "HTTP_PROXY": "p:1"}, "http://127.1.2.3:8081", None),
        ({"HTTPS_PROXY": "p:1", "HTTP_PROXY": "p:1"}, "http://localhost:8081", None),
        ({"HTTPS_PROXY": "p:1", "HTTP_PROXY": "p:1"}, "https://[::1]:8081", None),
        ({"HTTPS_PROXY": "  "}, "https://api.telegram.org", None),
    ],
)
def test_the_environment_names_a_proxy_for_all_but_this_machine(
    monkeypatch: pytest.MonkeyPatch, named: dict[str, str], address: str, proxy: str | None
) -> None:
    for name, value in named.items():
        monkeypatch.setenv(name, value)
    assert proxy_for(address) == proxy


def test_a_proxy_that_cannot_be_used_is_named_when_it_would_be_needed(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://bot:hunter22@127.0.0.1:1080")
    read_settings()
    write(bare, f"TELEGRAM_TOKEN={TOKEN}")
    with pytest.raises(SettingsWrong, match=r"HTTPS_PROXY .*应是 http:// 的代理") as wrong:
        read_settings()
    assert "hunter22" not in str(wrong.value)
    monkeypatch.setenv("HTTPS_PROXY", "http://bot:hunter%4022@127.0.0.1:1080")
    assert {"hunter@22", "hunter%4022"} < set(read_settings().secrets)


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "FORWARDED_ALLOW_IPS"])
def test_what_only_the_environment_can_say_is_not_passed_over_in_the_file(
    bare: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    write(bare, f"{name}=hunter22")
    with pytest.raises(SettingsWrong, match=r"^\.env 第 1 行的 \w+ 在 \.env 里不起作用，请写在环境变量里。$"):
        read_settings()
    monkeypatch.setenv(name, "127.0.0.1")  # of a program that hands its .env on
    read_settings()


def test_no_secret_is_shown_by_the_settings_themselves(bare: Path) -> None:
    write(
        bare,
        *(f"{name}={value}" for name, value in SECRETS.items()),
        "DATABASE_URL=postgresql://bot:p%40ss-word@db/bot",
        "TELEGRAM_WEBHOOK_URL=https://bot.example.cn",
    )
    settings = read_settings()
    for shown in (repr(settings), str(settings), f"{settings}"):
        assert not any(secret in shown for secret in (*SECRETS.values(), "p%40ss", "p@ss"))
    assert set(settings.secrets) == {*SECRETS.values(), "p@ss-word", "p%40ss-word"}


def test_settings_are_not_changed_after_they_were_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_settings().web_port = 1


def test_the_example_explains_every_setting_in_both_languages_and_no_other() -> None:
    blocks = EXAMPLE.read_text(encoding="utf-8").strip().split("\n\n")[1:]
    named = []
    for block in blocks:
        explained, line = block.splitlines()
        assert re.fullmatch(r"# [ -~]+ .*[一-鿿].*。", explained), explained
        named.append(line.partition("=")[0].lower())
    assert sorted(named) == sorted(Settings.model_fields)


def test_the_example_copied_as_it_is_sets_what_is_set_anyway(bare: Path) -> None:
    without = read_settings()
    (bare / ".env").write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    assert read_settings() == without


@pytest.mark.parametrize(
    ("url", "sender", "meant"),
    [
        (
            "smtps://name@qq.com:abcd%40ef@smtp.qq.com:465",
            "",
            MailServer("smtp.qq.com", 465, True, "name@qq.com", "abcd@ef", ("", "name@qq.com")),
        ),
        (
            "smtps://name%40163.com:code@smtp.163.com",
            "支部提醒 <name@163.com>",
            MailServer("smtp.163.com", 465, True, "name@163.com", "code", ("支部提醒", "name@163.com")),
        ),
        (
            "smtp://127.0.0.1",
            "bot@example.cn",
            MailServer("127.0.0.1", 25, False, "", "", ("", "bot@example.cn")),
        ),
        (
            "smtp://bot:code@mail.example.cn",
            "bot@example.cn",
            MailServer("mail.example.cn", 587, False, "bot", "code", ("", "bot@example.cn")),
        ),
    ],
)
def test_a_mail_server_is_an_address(
    monkeypatch: pytest.MonkeyPatch, url: str, sender: str, meant: MailServer
) -> None:
    monkeypatch.setenv("SMTP_URL", url)
    monkeypatch.setenv("MAIL_FROM", sender)
    settings = read_settings()
    assert settings.mail_server == meant
    assert not meant.password or meant.password in settings.secrets
    for said in (repr(settings), repr(settings.mail_server), str(settings)):
        assert "code" not in said
        assert "abcd" not in said
        assert "name@" not in said


@pytest.mark.parametrize(
    "url",
    [
        "smtp.qq.com",
        "http://smtp.qq.com",
        "smtps://name@qq.com:a/b@smtp.qq.com",
        "smtps://name@qq.com:a#b@smtp.qq.com",
        "smtps://smtp.qq.com:99999",
        "smtps://smtp.qq.com/inbox",
        "smtps://",
    ],
)
def test_what_is_no_mail_server_is_refused_without_its_password(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("SMTP_URL", url)
    with pytest.raises(SettingsWrong, match="SMTP_URL：写法有误") as wrong:
        read_settings()
    assert "name" not in str(wrong.value)


def test_mail_says_whom_it_is_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://127.0.0.1")
    with pytest.raises(SettingsWrong, match="MAIL_FROM"):
        read_settings()
    monkeypatch.setenv("MAIL_FROM", "支部")
    with pytest.raises(SettingsWrong, match="MAIL_FROM：应是一个邮箱地址"):
        read_settings()


def test_a_bot_of_wecom_is_a_channel_and_so_no_demo(bare: Path) -> None:
    assert read_settings().chat == "demo"
    write(bare, "WECOM_BOT_ID=aib-1", "WECOM_BOT_SECRET=hunter22")
    settings = read_settings()
    assert settings.chat == "off"
    assert settings.wecom_bot_url == "wss://openws.work.weixin.qq.com"
    assert "hunter22" in settings.secrets
    assert "hunter22" not in repr(settings)


APP = (
    "WECOM_CORP_ID=ww1",
    "WECOM_AGENT_ID=1000002",
    "WECOM_APP_SECRET=hunter22",
    "WECOM_CALLBACK_TOKEN=QDG6eK",
    "WECOM_CALLBACK_AES_KEY=jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
)


def test_an_app_of_wecom_is_a_channel_and_all_of_it_is_needed(bare: Path) -> None:
    write(bare, *APP)
    settings = read_settings()
    assert settings.chat == "off"
    assert settings.wecom_api_url == "https://qyapi.weixin.qq.com"
    for line in APP[2:]:
        secret = line.partition("=")[2]
        assert secret in settings.secrets
        assert secret not in repr(settings)
    for missing in APP:
        write(bare, *(line for line in APP if line != missing))
        with pytest.raises(SettingsWrong, match=f"还缺 {missing.partition('=')[0]}"):
            read_settings()


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("WECOM_AGENT_ID=应用", "AgentId"),
        ("WECOM_CALLBACK_TOKEN=ab c", "Token"),
        ("WECOM_CALLBACK_AES_KEY=tooshort", "EncodingAESKey"),
        ("WECOM_API_URL=http://qyapi.example.cn", "https://"),
        ("WECOM_CORP_ID=ww 1", "完整复制"),
    ],
)
def test_what_is_no_setting_of_an_app_is_said(bare: Path, line: str, why: str) -> None:
    kept = [one for one in APP if not one.startswith(line.partition("=")[0])]
    write(bare, *kept, line)
    with pytest.raises(SettingsWrong, match=why) as wrong:
        read_settings()
    assert line.partition("=")[0] in str(wrong.value)
    assert "hunter22" not in str(wrong.value)


def test_a_groups_key_is_told_from_its_address_and_makes_no_channel_of_a_demo(bare: Path) -> None:
    write(bare, "WECOM_GROUP_KEY=https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=hunter22")
    with pytest.raises(
        SettingsWrong, match="WECOM_GROUP_KEY：请只写群机器人的 Webhook 地址里 key= 后面的部分"
    ) as wrong:
        read_settings()
    assert "hunter22" not in str(wrong.value)
    write(bare, "WECOM_GROUP_KEY=693a91f6-hunter22")
    settings = read_settings()
    assert (settings.chat, settings.wecom_group) == ("demo", "")
    assert "693a91f6-hunter22" in settings.secrets
    assert "hunter22" not in repr(settings)
    write(bare, "WECOM_GROUP_KEY=693a91f6-hunter22", "WEB_CHAT=on")
    assert re.fullmatch("[0-9a-f]{16}", known := read_settings().wecom_group)
    write(bare, "WECOM_GROUP_KEY=693a91f6-hunter23", "WEB_CHAT=on")
    assert read_settings().wecom_group != known


def test_the_server_of_wecom_is_called_by_https_alone(bare: Path) -> None:
    assert read_settings().wecom_api_url == "https://qyapi.weixin.qq.com"
    write(bare, "WECOM_API_URL=http://wecom.example.cn")
    with pytest.raises(SettingsWrong, match="WECOM_API_URL 应以 https:// 开头"):
        read_settings()
    write(bare, "WECOM_API_URL=http://127.0.0.1:8080/")
    assert read_settings().wecom_api_url == "http://127.0.0.1:8080"
