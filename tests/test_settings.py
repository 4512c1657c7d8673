"""Settings: every wrong one is named in one sentence, and no secret is ever shown."""

import re
from pathlib import Path

import pytest

from bot.settings import Settings, SettingsWrong, read_settings

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
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, *lines: str) -> None:
    (folder / ".env").write_text("\n".join(lines), encoding="utf-8")


def test_with_nothing_set_the_demo_starts_on_this_machine() -> None:
    settings = read_settings()
    assert (settings.chat, settings.web_host, settings.web_port) == ("demo", "127.0.0.1", 8000)
    assert settings.database == "sqlite:///data/demo.db"
    assert settings.address == "http://127.0.0.1:8000"
    assert settings.zone.key == "Asia/Shanghai"
    assert settings.secrets == ()


def test_a_channel_that_is_configured_ends_the_demo_unless_it_is_asked_for(bare: Path) -> None:
    write(bare, f"TELEGRAM_TOKEN={TOKEN}")
    assert (read_settings().chat, read_settings().database) == ("off", "sqlite:///data/bot.db")
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
        (["WEB_PORT"], ["WEB_PORT="]),
        (["WEB_CHAT"], ["WEB_CHAT=yes-please"]),
        (["LOG_LEVEL"], ["LOG_LEVEL=LOUD"]),
        (["LOG_FORMAT"], ["LOG_FORMAT=xml-please"]),
        (["TIME_ZONE"], ["TIME_ZONE=Asia/Jinsong"]),
        (["TIME_ZONE"], ["TIME_ZONE="]),
        (["TIME_ZONE"], ["TIME_ZONE=../../etc/passwd"]),
        (["DATABASE_URL"], ["DATABASE_URL=mysql://user:hunter22@host/bot"]),
        (["DATABASE_URL"], ["DATABASE_URL=postgresql://user:hunter22@host:port/bot"]),
        (["DATABASE_URL"], ["DATABASE_URL=postgresql://user:hunter22@host:5432"]),
        (["DATABASE_URL"], ["DATABASE_URL=sqlite:///"]),
        (["DATABASE_URL"], ["DATABASE_URL=sqlite:///:memory:"]),
        (["DATABASE_URL"], ["DATABASE_URL=data/hunter22.db"]),
        (["WEB_URL"], ["WEB_URL=bot.school.example"]),
        (["WEB_URL"], ["WEB_URL=https://"]),
        (["WEB_URL"], ["WEB_URL=https://host:badport/"]),
        (["WEB_URL"], ["WEB_URL=https://[bad"]),
        (["TELEGRAM_API_URL"], ["TELEGRAM_API_URL=ftp://api.example.cn"]),
        (["TELEGRAM_TOKEN"], ["TELEGRAM_TOKEN=no-token-at-all"]),
        (["TELEGRAM_TOKEN"], ["TELEGRAM_TOKEN=12345:令牌"]),
        (["TELEGRAM_WEBHOOK_URL"], ["TELEGRAM_WEBHOOK_URL=not-an-address"]),
        (
            ["TELEGRAM_WEBHOOK_URL", "https"],
            ["TELEGRAM_WEBHOOK_URL=http://bot.example.cn/?127.0.0.1", "TELEGRAM_WEBHOOK_SECRET=" + "x" * 16],
        ),
        (["TELEGRAM_WEBHOOK_SECRET"], ["TELEGRAM_WEBHOOK_URL=https://bot.example.cn"]),
        (
            ["TELEGRAM_WEBHOOK_SECRET"],
            ["TELEGRAM_WEBHOOK_URL=https://bot.example.cn", "TELEGRAM_WEBHOOK_SECRET=too-short"],
        ),
        (
            ["TELEGRAM_WEBHOOK_SECRET"],
            ["TELEGRAM_WEBHOOK_URL=https://bot.example.cn", "TELEGRAM_WEBHOOK_SECRET=with a blank and more"],
        ),
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
    "url", ["sqlite:////var/bot.db", "postgresql://bot@db/bot", "postgresql+psycopg://bot@db:5432/bot"]
)
def test_a_database_of_either_kind_can_be_named(bare: Path, url: str) -> None:
    write(bare, f"DATABASE_URL={url}")
    assert read_settings().database == url


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
