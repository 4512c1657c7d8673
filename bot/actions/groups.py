"""群聊: the group chats in which a member asked for 排名, and whether it is shown there."""

from bot.actions.buttons import Action, pressed


@pressed("jg")
class GroupChats(Action):
    """Which group chats does a committee know, and which of them may see 排名 (群聊)?"""

    committee: int


@pressed("js")
class SwitchGroupChat(Action):
    """排名 is shown (1) or not (0) in a group chat."""

    group: int
    on: int


@pressed("jf")
class ForgetGroupChat(Action):
    """Forget a group chat, which is shown nothing from then on."""

    group: int


Grouping = GroupChats | SwitchGroupChat | ForgetGroupChat
