"""Every setting, read once from the environment and `.env`, checked, and explained in words when it is wrong."""

import hashlib
import ipaddress
import os
import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import sqlalchemy as sa
from dotenv.parser import parse_stream
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from yarl import URL

ENV_FILE = Path(".env")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
ENVIRONMENT_ONLY = ("HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "FORWARDED_ALLOW_IPS")
"""What others read, and from the environment of the process alone."""
TELEGRAM = "https://api.telegram.org"
WECOM = "wss://openws.work.weixin.qq.com"
WECOM_API = "https://qyapi.weixin.qq.com"
WECOM_APP = (
    "wecom_corp_id",
    "wecom_agent_id",
    "wecom_app_secret",
    "wecom_callback_token",
    "wecom_callback_aes_key",
)
"""What an app of WeCom needs, all of it."""
WEBHOOK_PATH = "/telegram"
WEBHOOK_PORTS = (443, 80, 88, 8443)  # https://core.telegram.org/bots/api#setwebhook
_ADDRESS = re.compile(r"[^\s<>@,;:\"()\[\]\\]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"


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
    telegram_api_url: str = TELEGRAM
    telegram_webhook_url: str = ""
    telegram_webhook_secret: SecretStr = SecretStr("")
    wecom_bot_id: str = ""
    wecom_bot_secret: SecretStr = SecretStr("")
    wecom_bot_url: str = WECOM
    wecom_corp_id: str = ""
    wecom_agent_id: str = ""
    wecom_app_secret: SecretStr = SecretStr("")
    wecom_callback_token: SecretStr = SecretStr("")
    wecom_callback_aes_key: SecretStr = SecretStr("")
    wecom_api_url: str = WECOM_API
    wecom_group_key: SecretStr = SecretStr("")
    web_host: str = "127.0.0.1"
    web_port: int = Field(default=8000, ge=1, le=65535)
    web_url: str = ""
    web_chat: Literal["", "demo", "on", "off"] = ""
    secret_key: SecretStr = SecretStr("")
    smtp_url: SecretStr = SecretStr("")  # holds a password
    mail_from: str = Field(default="", repr=False)  # somebody's address
    backup_dir: Path | None = None
    backup_keep: int = Field(default=14, ge=1, le=65535)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"

    @field_validator("*", mode="before")
    @classmethod
    def _as_meant(cls, value: Any, info: ValidationInfo) -> Any:
        """What stands between blanks and quotation marks; an empty setting is the default."""
        if not isinstance(value, str):
            return value
        value = value.strip()
        if value[:1] == value[-1:] and value[:1] in ("'", '"') and len(value) > 1:
            value = value[1:-1].strip()
        if not value.isprintable():
            raise ValueError("里面有看不见的字符，请重新输入一遍")
        return value or cls.model_fields[str(info.field_name)].get_default()

    @field_validator("data_dir", "backup_dir")
    @classmethod
    def _folder(cls, value: Path | None) -> Path | None:
        return None if value is None else Path(os.path.expanduser(value))

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            if not available_timezones():
                raise ValueError("这台机器上没有时区数据，请安装系统的 tzdata") from None
            raise ValueError("没有这个时区，例如 Asia/Shanghai") from None
        return value

    @field_validator("database_url")
    @classmethod
    def _url(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("应以 sqlite:/// 或 postgresql:// 开头")
        try:
            url = sa.make_url(value or "sqlite:///-")
        except (sa.exc.ArgumentError, ValueError):
            raise ValueError(
                "写法有误，例如 postgresql://用户:密码@主机:5432/库名（密码中的符号要写成 %xx）"
            ) from None
        if "@" in (url.host or ""):  # the end of a password
            raise ValueError("密码中的 @ 要写成 %40")
        database = url.database or ""
        if not database or ":memory:" in database or url.query.get("mode") == "memory":
            raise ValueError("请写明数据库，例如 sqlite:///data/bot.db")
        known = "uri" in url.query or set(url.query) == {"timeout"}
        if url.get_backend_name() == "sqlite" and "?" in value and not known:
            raise ValueError("不认识 ? 后面的部分；文件名里的 ? 请写成 %3F")
        if not database.isprintable():
            raise ValueError("里面有看不见的字符，请重新输入一遍")
        return value

    @field_validator("telegram_token")
    @classmethod
    def _token(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"([0-9]+:[A-Za-z0-9_-]+)?", value.get_secret_value()):
            raise ValueError("应形如 123456:ABC-def，请从 @BotFather 完整复制")
        return value

    @field_validator("telegram_api_url", "web_url", "telegram_webhook_url", "wecom_api_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        """As a browser writes it: in lower case, without the port that goes without saying, xn-- for Chinese."""
        if not value:
            return ""
        try:
            url = URL(value)
            host = (url.raw_host or "").removesuffix(".")
            good = url.scheme in ("http", "https") and bool(url.port) and _is_host(host)
        except ValueError:
            good = False
        if not good:
            raise ValueError("应是完整的网址，例如 https://bot.example.cn")
        if url.raw_user or url.raw_password or url.raw_query_string or url.raw_fragment:
            raise ValueError("请只写网址本身，不带用户名、密码，也不带 ? 或 # 后面的部分")
        return f"{url.origin().with_host(host)}{url.raw_path}".rstrip("/")

    @field_validator("web_url")
    @classmethod
    def _no_path(cls, value: str) -> str:
        if URL(value).raw_path.strip("/"):
            raise ValueError("网址后面不能带路径：机器人要有自己的域名，例如 https://bot.example.cn")
        return value

    @field_validator("wecom_bot_id", "wecom_bot_secret", "wecom_corp_id", "wecom_app_secret")
    @classmethod
    def _one_word(cls, value: str | SecretStr) -> str | SecretStr:
        text = value if isinstance(value, str) else value.get_secret_value()
        if not re.fullmatch(r"[!-~]{0,256}", text):
            raise ValueError("应是一串字母、数字和符号，请从企业微信完整复制")
        return value

    @field_validator("wecom_agent_id")
    @classmethod
    def _number(cls, value: str) -> str:
        if not re.fullmatch(r"[0-9]{0,12}", value):
            raise ValueError("应是一个数，例如 1000002，请从应用详情复制 AgentId")
        return value

    @field_validator("wecom_callback_token")
    @classmethod
    def _callback_token(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[A-Za-z0-9]{0,32}", value.get_secret_value()):
            raise ValueError("应是 32 个以内的字母和数字，请从企业微信后台接收消息的页面完整复制 Token")
        return value

    @field_validator("wecom_callback_aes_key")
    @classmethod
    def _callback_key(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"([A-Za-z0-9]{43})?", value.get_secret_value()):
            raise ValueError("应是 43 个字母和数字，请从企业微信后台接收消息的页面完整复制 EncodingAESKey")
        return value

    @field_validator("wecom_group_key")
    @classmethod
    def _group_key(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[0-9A-Za-z-]{0,100}", value.get_secret_value()):
            raise ValueError("请只写群机器人的 Webhook 地址里 key= 后面的部分")
        return value

    @field_validator("wecom_bot_url")
    @classmethod
    def _socket_address(cls, value: str) -> str:
        """Raises ValueError for what is no address of a websocket."""
        try:
            url = URL(value)
            good = url.scheme in ("ws", "wss") and bool(url.port) and _is_host(url.raw_host or "")
        except ValueError:
            good = False
        if not good or url.raw_user or url.raw_password:
            raise ValueError(f"应是 wss:// 开头的网址，例如 {WECOM}")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        try:
            url = urlsplit(text)
            good = url.scheme in ("smtp", "smtps") and _is_host(url.hostname or "") and url.port != 0
            more = url.path.strip("/") or url.query or url.fragment
        except ValueError:
            good, more = False, ""
        if text and (not good or more):
            raise ValueError("写法有误，例如 smtps://用户:授权码@smtp.qq.com:465（授权码里的符号要写成 %xx）")
        return value

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, value: str) -> str:
        if value and not _ADDRESS.fullmatch(parseaddr(value)[1]):
            raise ValueError("应是一个邮箱地址，例如 bot@example.cn 或 支部提醒 <bot@example.cn>")
        return value

    @field_validator("telegram_api_url")
    @classmethod
    def _no_method(cls, value: str) -> str:
        if URL(value).name.startswith("bot"):
            raise ValueError(f"请只写服务器的地址，不带 /bot 和后面的部分，例如 {TELEGRAM}")
        return value

    @field_validator("telegram_webhook_url")
    @classmethod
    def _webhook_path(cls, value: str) -> str:
        path = URL(value).raw_path.rstrip("/")
        if path and not path.endswith(WEBHOOK_PATH):
            raise ValueError(f"应以 {WEBHOOK_PATH} 结尾，例如 https://bot.example.cn{WEBHOOK_PATH}")
        return value if path or not value else value + WEBHOOK_PATH

    @model_validator(mode="after")
    def _together(self) -> "Settings":
        webhook, secret = URL(self.telegram_webhook_url), self.telegram_webhook_secret.get_secret_value()
        if webhook.scheme == "http" and webhook.host not in LOOPBACK:
            raise ValueError("TELEGRAM_WEBHOOK_URL 应以 https:// 开头")
        if webhook.host and self.telegram_api_url == TELEGRAM and webhook.port not in WEBHOOK_PORTS:
            raise ValueError(f"TELEGRAM_WEBHOOK_URL 的端口只能是 {'、'.join(map(str, WEBHOOK_PORTS))}")
        if webhook.host and not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", secret):
            raise ValueError("使用 webhook 时请设置 TELEGRAM_WEBHOOK_SECRET，至少 16 个字母、数字、_ 或 -")
        if bool(self.wecom_bot_id) != bool(self.wecom_bot_secret.get_secret_value()):
            raise ValueError("WECOM_BOT_ID 和 WECOM_BOT_SECRET 请一起设置")
        if URL(self.wecom_bot_url).scheme == "ws" and URL(self.wecom_bot_url).host not in LOOPBACK:
            raise ValueError("WECOM_BOT_URL 应以 wss:// 开头")
        missing = [name.upper() for name in WECOM_APP if not self._has(name)]
        if 0 < len(missing) < len(WECOM_APP):
            raise ValueError(f"企业微信应用的设置还缺 {'、'.join(missing)}，请一起设置")
        if URL(self.wecom_api_url).scheme == "http" and URL(self.wecom_api_url).host not in LOOPBACK:
            raise ValueError("WECOM_API_URL 应以 https:// 开头")
        if 0 < len(self.secret_key.get_secret_value()) < 32:
            raise ValueError("SECRET_KEY 至少 32 个字符；不设置时程序会自己生成并保存")
        if self.backup_dir and Path(os.path.realpath(self.backup_dir)).is_relative_to(
            os.path.realpath(self.data_dir)
        ):
            raise ValueError("BACKUP_DIR 不能在数据文件夹 DATA_DIR 里，最好在另一块磁盘上")
        if self.chat == "demo" and self.web_host not in LOOPBACK:
            raise ValueError("WEB_CHAT=demo 只能在本机使用，请把 WEB_HOST 设为 127.0.0.1")
        if self.mail_server and not _ADDRESS.fullmatch(self.mail_server.sender[1]):
            raise ValueError("用 SMTP_URL 发邮件时，请用 MAIL_FROM 写明发件人的邮箱地址")
        proxy = self.telegram_token.get_secret_value() and proxy_for(self.telegram_api_url)
        if proxy and not _is_proxy(proxy):
            raise ValueError(
                "HTTPS_PROXY 和 HTTP_PROXY 应是 http:// 的代理，例如 http://proxy.example.cn:3128"
            )
        return self

    def _has(self, name: str) -> bool:
        value = getattr(self, name)
        return bool(value.get_secret_value() if isinstance(value, SecretStr) else value)

    @property
    def chat(self) -> str:
        """demo, on or off. Nothing configured means the demo; a channel configured means no demo unless asked for."""
        others = self.telegram_token.get_secret_value() or self.wecom_bot_id or self.wecom_corp_id
        return self.web_chat or ("off" if others else "demo")

    @property
    def wecom_demo(self) -> bool:
        """Whether WeCom can be tried without an enterprise: in the demo, unless a real one is configured."""
        return self.chat == "demo" and not (self.wecom_bot_id or self.wecom_corp_id)

    @property
    def wecom_group(self) -> str:
        """By what rows know the group that can be sent into, and by which nobody can; empty: none, as in the demo."""
        key = self.wecom_group_key.get_secret_value()
        return hashlib.sha256(key.encode()).hexdigest()[:16] if key and self.chat != "demo" else ""

    @property
    def database(self) -> sa.URL:
        """The database's URL; the demo keeps its invented data in a file of its own."""
        if self.database_url:
            return sa.make_url(self.database_url)
        file = self.data_dir / ("demo.db" if self.chat == "demo" else "bot.db")
        return sa.URL.create("sqlite", database=str(file))

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which people read days and hours."""
        return ZoneInfo(self.time_zone)

    @property
    def address(self) -> str:
        """Where the web chat is reached from outside."""
        host = f"[{self.web_host}]" if ":" in self.web_host else self.web_host
        return self.web_url or f"http://{host}:{self.web_port}"

    @property
    def pages(self) -> str:
        """How the addresses of our own pages begin; empty when people know none."""
        return self.address if self.web_url or self.chat != "off" else ""

    @property
    def polls(self) -> str:
        """Where ballots of 年度评议 are cast; empty where there is no page."""
        return "" if self.chat == "off" else f"{self.address}/vote"

    @property
    def calendars(self) -> str:
        """What stands before a calendar's secret in its address; empty when people know no address of ours."""
        return f"{self.pages}/calendar/" if self.pages else ""

    @property
    def mail_server(self) -> "MailServer | None":
        """Where mail is handed over; None: none is sent."""
        text = self.smtp_url.get_secret_value()
        if not text:
            return None
        url = urlsplit(text)
        user, password = unquote(url.username or ""), unquote(url.password or "")
        tls = url.scheme == "smtps"
        port = url.port or (465 if tls else 587 if user else 25)
        return MailServer(url.hostname or "", port, tls, user, password, parseaddr(self.mail_from or user))

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never reach a log."""
        given = (
            self.telegram_token,
            self.telegram_webhook_secret,
            self.wecom_bot_secret,
            self.wecom_app_secret,
            self.wecom_callback_token,
            self.wecom_callback_aes_key,
            self.wecom_group_key,
            self.secret_key,
        )
        passwords = [str(self.database.password or "")]
        if self.mail_server:
            passwords += [
                self.mail_server.password,
                urlsplit(self.smtp_url.get_secret_value()).password or "",
            ]
        for proxy in _proxies().values():
            passwords += [unquote(one) for one in re.findall(r"://[^/:@]*:(.*)@", proxy)]
        found = (*(s.get_secret_value() for s in given), *passwords, *(quote(p, safe="") for p in passwords))
        return tuple(dict.fromkeys(secret for secret in found if secret))


@dataclass(frozen=True, slots=True)
class MailServer:
    """An SMTP server: `tls` from the first byte on; who logs in, if anybody does; the `sender` as (name, address)."""

    host: str
    port: int
    tls: bool
    user: str = field(repr=False)
    password: str = field(repr=False)
    sender: tuple[str, str] = field(repr=False)

    @property
    def local(self) -> bool:
        """Whether it is on this machine, so that nobody listens in between."""
        return self.host in LOOPBACK


def proxy_for(address: str) -> str | None:
    """The proxy that the environment names for an address; none for this machine, and for what NO_PROXY names."""
    url = URL(address)
    host = url.host or ""
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    return None if local or proxy_bypass(host) else _proxies().get(url.scheme)


def _proxies() -> dict[str, str]:
    """What the environment names, by the scheme of the addresses that it is for."""
    named = {scheme: value.strip() for scheme, value in getproxies().items() if scheme != "no"}
    return {
        scheme: value if "://" in value else f"http://{value}" for scheme, value in named.items() if value
    }


def _is_proxy(address: str) -> bool:
    """Whether this is a proxy that we can use: none of SOCKS."""
    try:
        url = URL(address)
        return url.scheme in ("http", "https") and bool(url.host and url.port)
    except ValueError:
        return False


def _is_host(name: str) -> bool:
    """Whether a browser calls a host by this name: it writes numbers as four with dots, IPv6 without a zone."""
    try:
        return "%" not in name and bool(ipaddress.ip_address(name))
    except ValueError:
        last = name.rpartition(".")[2]
        number = re.fullmatch(r"[0-9]+|0x[0-9a-f]*", last)
        return len(name) < 254 and not number and bool(re.fullmatch(rf"({_LABEL}\.)*{_LABEL}", name))


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
            if found.value and name in ENVIRONMENT_ONLY and not {name, name.lower()} & set(os.environ):
                raise SettingsWrong(f"{where}的 {name} 在 .env 里不起作用，请写在环境变量里。")
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
