"""The rules of the year: what is owed, when it falls due and is reminded of, and how an answer is read.

Pure: values in, values out. `calendar` and `workdays` know days, `rules` and `rule_words` when something falls due,
`hours` and `telling` when it is said and to whom, `catalogue` what is owed, `occurrences` each time of it,
`assignments` what a committee gives; `answers`, `attendance`, `days` and `due` read what people type.
"""
