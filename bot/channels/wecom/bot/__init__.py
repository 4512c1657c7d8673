"""The bot (智能机器人): heard and speaking over a long connection."""
