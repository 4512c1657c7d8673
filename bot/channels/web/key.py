"""The key that signs the web chat's cookies."""

import contextlib
import os
import secrets
import tempfile

from bot.settings import Settings
from bot.stopped import Stopped

KEY_FILE = "secret.key"


def secret_key(settings: Settings) -> str:
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
