"""The values that the store reads, the dialogue passes on and the screens show: one file a subject."""

from bot.values.assignments import *
from bot.values.branches import *
from bot.values.chats import *
from bot.values.duties import *
from bot.values.groups import *
from bot.values.people import *
from bot.values.publishing import *
from bot.values.rectifications import *
from bot.values.review import *
from bot.values.sheets import *
from bot.values.terms import *
