"""Logs: structured, and with every secret scrubbed from the final line, tracebacks included."""

import json
import logging
import re
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Any

import structlog

_TOKEN = re.compile(r"\d{5,}(?::|%3[Aa])[A-Za-z0-9_-]{30,}")  # the shape of any Telegram bot token
_CALENDAR = re.compile(
    r"(?<=/calendar/)[A-Za-z0-9_-]+"
)  # a person's secret, in the address of their calendar
_MAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z][A-Za-z0-9-]*"
)  # the shape of a mail address


class Scrubbed(logging.Formatter):
    """A formatter that blanks secrets in whatever another one made; a filter would miss tracebacks."""

    def __init__(self, inner: logging.Formatter, secrets: Sequence[str]) -> None:
        super().__init__()
        self._inner = inner
        forms = {form for s in secrets if len(s) >= 6 for form in (s, json.dumps(s)[1:-1], repr(s)[1:-1])}
        self._secrets = sorted(forms, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        """The line, without secrets."""
        line = self._inner.format(record)
        for secret in self._secrets:
            line = line.replace(secret, "***")
        return _MAIL.sub("***", _CALENDAR.sub("***", _TOKEN.sub("***", line)))


def set_up(level: str, form: str, secrets: Sequence[str]) -> None:
    """Send all logs, structlog's and the libraries', to standard error in one shape."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
    )
    last: list[Any] = [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    inner = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *(last if form == "json" else [plain]),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Scrubbed(inner, secrets))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for noisy in ("httpx", "httpcore", "telegram", "alembic", "apscheduler", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)  # these log URLs, with tokens, or every migration
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    sys.excepthook = _uncaught  # Python's own would print the secrets of whatever broke


def _uncaught(kind: type[BaseException], wrong: BaseException, where: TracebackType | None) -> None:
    logging.getLogger("bot").critical("broken", exc_info=(kind, wrong, where))
