"""邮件提醒: the address to which a day's reminders go by mail."""

from bot.actions.buttons import Action, pressed, said


@pressed("el")
class ByMail(Action):
    """To which address do my reminders go (邮件提醒)?"""


@said
class TypedMail(Action):
    """My address, or the code that was mailed to it."""

    text: str


@pressed("ec")
class MailCode(Action):
    """Mail a new code to the address that I gave."""


@pressed("ex", final=True)
class NoMail(Action):
    """Forget my address: I want no mail (any more)."""


Mailing = ByMail | TypedMail | MailCode | NoMail
