"""Every setting, read once from the environment and `.env`, checked, and explained in words when it is wrong."""

from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsWrong(Exception):  # noqa: N818  a sentence for the person at the terminal
    """A setting cannot be used: says which one, and what to write instead."""


class Settings(BaseSettings):
    """The settings of one installation. See `.env.example` for what each means."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    data_dir: Path = Path("data")
    database_url: str = ""
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
            raise ValueError("没有这个时区,例如 Asia/Shanghai") from None
        return value

    @field_validator("database_url")
    @classmethod
    def _url(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("应以 sqlite:/// 或 postgresql:// 开头")
        return value

    @model_validator(mode="after")
    def _together(self) -> "Settings":
        webhook, secret = self.telegram_webhook_url, self.telegram_webhook_secret.get_secret_value()
        if webhook and not webhook.startswith("https://") and "127.0.0.1" not in webhook:
            raise ValueError("TELEGRAM_WEBHOOK_URL 应以 https:// 开头")
        if webhook and len(secret) < 16:
            raise ValueError("使用 webhook 时请设置 TELEGRAM_WEBHOOK_SECRET,至少 16 个字符")
        if 0 < len(self.secret_key.get_secret_value()) < 32:
            raise ValueError("SECRET_KEY 至少 32 个字符;不设置时程序会自己生成并保存")
        if self.chat == "demo" and self.web_host not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError("WEB_CHAT=demo 只能在本机使用,请把 WEB_HOST 设为 127.0.0.1")
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
    def secrets(self) -> tuple[str, ...]:
        """What must never reach a log."""
        given = (self.telegram_token, self.telegram_webhook_secret, self.secret_key)
        return tuple(s.get_secret_value() for s in given if s.get_secret_value())


def read_settings() -> Settings:
    """The settings. Raises SettingsWrong with one line for each that is wrong, without its value."""
    try:
        return Settings()
    except ValidationError as wrong:
        lines = []
        for error in wrong.errors(include_input=False, include_url=False):
            name = str(error["loc"][0]).upper() if error["loc"] else ""
            lines.append(
                f"{name}:{_words(error['type'], error['msg'])}"
                if name
                else _words(error["type"], error["msg"])
            )
        raise SettingsWrong("设置有误,请检查 .env 或环境变量:\n  " + "\n  ".join(lines)) from None
    except (UnicodeDecodeError, OSError):
        raise SettingsWrong("读不了 .env 文件,请确认它是 UTF-8 编码的文本文件。") from None


def _words(kind: str, message: str) -> str:
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    if kind == "literal_error":
        return "只能是 " + message.removeprefix("Input should be ").replace("'", "").replace(" or ", "、")
    if kind in ("int_parsing", "greater_than_equal", "less_than_equal"):
        return "应是 1 到 65535 的整数"
    return message
