"""Every setting, read once from the environment and `.env`, checked, and explained in words when it is wrong."""

import re
from difflib import get_close_matches
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from dotenv.parser import parse_stream
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ENV_FILE = Path(".env")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class SettingsWrong(Exception):  # noqa: N818  a sentence for the person at the terminal
    """A setting cannot be used: says which one, and what to write instead."""


class Settings(BaseSettings):
    """The settings of one installation. See `.env.example` for what each means."""

    model_config = SettingsConfigDict(
        env_file=ENV_FILE, env_file_encoding="utf-8-sig", extra="ignore", frozen=True
    )

    data_dir: Path = Path("data")
    database_url: str = Field(default="", repr=False)  # holds a password
    time_zone: str = "Asia/Shanghai"
    telegram_token: SecretStr = SecretStr("")
    telegram_api_url: str = "https://api.telegram.org"
    telegram_webhook_url: str = ""
    telegram_webhook_secret: SecretStr = SecretStr("")
    web_host: str = "127.0.0.1"
    web_port: int = Field(default=8000, ge=1, le=65535)
    web_url: str = ""
    web_chat: Literal["", "demo", "on", "off"] = ""
    secret_key: SecretStr = SecretStr("")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("没有这个时区，例如 Asia/Shanghai") from None
        return value

    @field_validator("database_url")
    @classmethod
    def _url(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("应以 sqlite:/// 或 postgresql:// 开头")
        try:
            database = sa.make_url(value).database if value else "-"
        except (sa.exc.ArgumentError, ValueError):
            raise ValueError(
                "写法有误，例如 postgresql://用户:密码@主机:5432/库名（密码中的符号要写成 %xx）"
            ) from None
        if database in (None, "", ":memory:"):
            raise ValueError("请写明数据库，例如 sqlite:///data/bot.db")
        return value

    @field_validator("telegram_token")
    @classmethod
    def _token(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"([0-9]+:[A-Za-z0-9_-]+)?", value.get_secret_value()):
            raise ValueError("应形如 123456:ABC-def，请从 @BotFather 完整复制")
        return value

    @field_validator("telegram_api_url", "web_url", "telegram_webhook_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        try:
            url = urlsplit(value)
            good = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
        except ValueError:
            good = False
        if value and not good:
            raise ValueError("应是完整的网址，例如 https://bot.example.cn")
        return value

    @model_validator(mode="after")
    def _together(self) -> "Settings":
        webhook, secret = self.telegram_webhook_url, self.telegram_webhook_secret.get_secret_value()
        if webhook and not webhook.startswith("https://") and urlsplit(webhook).hostname not in LOOPBACK:
            raise ValueError("TELEGRAM_WEBHOOK_URL 应以 https:// 开头")
        if webhook and not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", secret):
            raise ValueError("使用 webhook 时请设置 TELEGRAM_WEBHOOK_SECRET，至少 16 个字母、数字、_ 或 -")
        if 0 < len(self.secret_key.get_secret_value()) < 32:
            raise ValueError("SECRET_KEY 至少 32 个字符；不设置时程序会自己生成并保存")
        if self.chat == "demo" and self.web_host not in LOOPBACK:
            raise ValueError("WEB_CHAT=demo 只能在本机使用，请把 WEB_HOST 设为 127.0.0.1")
        return self

    @property
    def chat(self) -> str:
        """demo, on or off. Nothing configured means the demo; a channel configured means no demo unless asked for."""
        return self.web_chat or ("off" if self.telegram_token.get_secret_value() else "demo")

    @property
    def database(self) -> str:
        """The database's URL; the demo keeps its invented data in a file of its own."""
        return (
            self.database_url
            or f"sqlite:///{self.data_dir / ('demo.db' if self.chat == 'demo' else 'bot.db')}"
        )

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which people read days and hours."""
        return ZoneInfo(self.time_zone)

    @property
    def address(self) -> str:
        """Where the web chat is reached from outside."""
        return self.web_url.rstrip("/") or f"http://{self.web_host}:{self.web_port}"

    @property
    def calendars(self) -> str:
        """What stands before a calendar's secret in its address; empty when people know no address of ours."""
        return f"{self.address}/calendar/" if self.web_url or self.chat != "off" else ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never reach a log."""
        given = (self.telegram_token, self.telegram_webhook_secret, self.secret_key)
        password = str(sa.make_url(self.database).password or "")
        found = (*(s.get_secret_value() for s in given), password, quote(password, safe=""))
        return tuple(secret for secret in found if secret)


def read_settings() -> Settings:
    """The settings. Raises SettingsWrong with one line for each that is wrong, without its value."""
    try:
        _look_through(ENV_FILE)
        return Settings()
    except ValidationError as wrong:
        lines = []
        for error in wrong.errors(include_input=False, include_url=False):
            name = str(error["loc"][0]).upper() if error["loc"] else ""
            lines.append(
                f"{name}：{_words(error['type'], error['msg'])}"
                if name
                else _words(error["type"], error["msg"])
            )
        raise SettingsWrong(
            "设置有误，请检查 .env 或环境变量：\n  " + "\n  ".join(dict.fromkeys(lines))
        ) from None
    except (UnicodeDecodeError, OSError):
        raise SettingsWrong("读不了 .env 文件，请确认它是 UTF-8 编码的文本文件。") from None


def _look_through(file: Path) -> None:
    """Raise SettingsWrong for a line that would be passed over in silence: no setting, or one that is misspelt."""
    if not file.exists():
        return
    known = [name.upper() for name in Settings.model_fields]
    with file.open(encoding="utf-8-sig") as lines:
        for found in parse_stream(lines):
            text = found.original.string
            empty = len(text) - len(text.lstrip("\n"))  # lines above it belong to it
            where = f".env 第 {found.original.line + empty} 行"
            if found.error or (found.key and found.value is None):
                raise SettingsWrong(f"{where}看不懂，应写成 名称=值；不用的行请在开头加 #。")
            name = (found.key or "").upper()
            meant = get_close_matches(name, known, n=1, cutoff=0.87)
            if meant and name not in known:
                raise SettingsWrong(f"{where}的 {name} 没有这个设置，是不是 {meant[0]}？")


def _words(kind: str, message: str) -> str:
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    if kind == "literal_error":
        return "只能是 " + "、".join(word for word in re.findall(r"'(\w*)'", message) if word)
    if kind.startswith(("int_", "greater_", "less_")):
        return "应是 1 到 65535 的整数"
    return "写法有误"
