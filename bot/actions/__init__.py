"""Everything a person can ask of the bot: one file a subject, its union beside its actions.

The file of the same name in bot/dialogue answers all of a union: what no arm answers is named by the type checker. An
action that stands in no union nobody answers, and a test names it.
"""

from bot.actions.amending import *
from bot.actions.arranging import *
from bot.actions.assigning import *
from bot.actions.award import *
from bot.actions.buttons import *
from bot.actions.calendar import *
from bot.actions.charts import *
from bot.actions.duties import *
from bot.actions.editions import *
from bot.actions.evaluating import *
from bot.actions.evidence import *
from bot.actions.exchange import *
from bot.actions.exporting import *
from bot.actions.feedback import *
from bot.actions.forgetting import *
from bot.actions.groups import *
from bot.actions.hearing import *
from bot.actions.home import *
from bot.actions.inviting import *
from bot.actions.joining import *
from bot.actions.ledger import *
from bot.actions.mailing import *
from bot.actions.objecting import *
from bot.actions.organizing import *
from bot.actions.paper import *
from bot.actions.posting import *
from bot.actions.profile import *
from bot.actions.publishing import *
from bot.actions.rectifying import *
from bot.actions.reminding import *
from bot.actions.returning import *
from bot.actions.review import *
from bot.actions.scoring import *
from bot.actions.staffing import *
from bot.actions.standings import *
from bot.actions.starting import *
from bot.actions.tallying import *
from bot.actions.terms import *
from bot.actions.trial import *
