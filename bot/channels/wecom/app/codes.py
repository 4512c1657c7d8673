"""What the codes in the answers of WeCom's server API mean: for a message, and in words for whoever runs the bot.

https://developer.work.weixin.qq.com/document/path/90313; what that page leaves open is from people who met it.
Texts of errors (errmsg) are for people: nothing is decided by them.
"""

import re

from bot.channels.wecom.frames import LIMITED, PENALTY, LateError
from bot.channels.wecom.http import BUSY
from bot.delivery import LimitedError, NotArrivedError, NotSentError, RefusedError, UndeliverableError

BAD_TOKEN = {40001, 40014, 42001}  # of a call: its token is over, or was called back before its time
BAD_MEDIA = 40007  # a media_id is over: three days, or less
BAD_CODE = 60140  # a response_code was used already, or is older than 72 hours
TWICE = 42014  # a task_id that another card has, in 30 days
NOBODY = {40003, 40031, 60011, 60111, 81013}  # the member is unknown, or may not use the app
FOREIGN = 60020  # the address from which we call is not in 企业可信IP
SETTINGS = {
    40001: "WECOM_APP_SECRET 不对，或应用已停用。请到企业微信管理后台的应用详情里核对 Secret。",
    40013: "WECOM_CORP_ID 不对。请到管理后台的「我的企业」最下面核对企业ID。",
    40056: "WECOM_AGENT_ID 不对。请到应用详情里核对 AgentId。",
    48002: "这个应用没有权限调用接口。请在管理后台检查它是否已启用。",
    50001: "企业微信没有认可这个应用的域名。请在应用详情里设置可信域名。",
}
"""What the settings, or the console, must be corrected for."""
WORDS = SETTINGS | {
    BUSY: "企业微信系统繁忙，请稍后再试。",
    45009: "调用太频繁，企业微信要求暂停一分钟。",
    45033: "同时调用太多，企业微信要求暂停一分钟。",
    81013: "收消息的人都不在应用的可见范围里。请在应用详情里把他们加进可见范围。",
    60011: "这个人不在应用的可见范围里。请在应用详情里把他们加进可见范围。",
    60111: "通讯录里没有这个账号。",
}
ADDRESS = re.compile(r"from ip: ?([0-9a-fA-F.:]+)")


class AlreadySentError(UndeliverableError):
    """A card with this task_id was sent before: the one that is meant is there already."""


class StaleMediaError(UndeliverableError):
    """The file that a message names is over: upload it again."""


class UnfitError(NotSentError):
    """Nothing can be sent until the settings or the console are corrected; the text says how."""


def refusal(call: str, code: int, errmsg: str) -> NotArrivedError:
    """What a code that is not 0 means for a message: it surely did not arrive."""
    words = f"{call} {code}"
    if code in LIMITED:
        return LimitedError(PENALTY)
    if code in NOBODY:
        return RefusedError(words)
    if code == BAD_CODE:
        return LateError(words)
    if code == BAD_MEDIA:
        return StaleMediaError(words)
    if code == TWICE:
        return AlreadySentError(words)
    if code == BUSY or code in BAD_TOKEN:
        return NotSentError(words)
    if code == FOREIGN or code in SETTINGS:
        return UnfitError(in_words(code, errmsg))
    return UndeliverableError(words)


def in_words(code: int, errmsg: str) -> str:
    """A code in a sentence that says what to do; of errmsg only an address is repeated."""
    if code == FOREIGN:
        found = ADDRESS.search(errmsg)
        where = f" {found[1]} " if found else "这台机器的公网地址"
        return f"企业微信不接受从这里来的调用。请在应用详情的「企业可信IP」里加上{where}，一分钟后生效。"
    return WORDS.get(code, f"企业微信拒绝了（错误码 {code}）。请在企业微信开发者中心的错误码查询里查看。")
