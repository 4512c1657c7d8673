"""The clock: `duties` has the rules, `reminders` lays out what is owed and who is told, `schedule` rings."""
