"""The clock: `calendar` and `rules` know days, `duties` what falls due, `reminders` lays it out, `schedule` rings."""
