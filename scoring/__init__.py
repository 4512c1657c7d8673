"""The rules of the star table. Pure: values in, values out; no clock, no database, no chat.

Read in this order, each file from top to bottom:

1. `refusal.py`    how the rules say no
2. `numerals.py`   what people type, and how numbers are written back
3. `rubric.py`     grades and the 24 items as data; a wrong edition is refused in one sentence
4. `editions/`     the school's own table, word for word; `table.py` reads it with care
5. `sheet.py`      marks, a sheet's life, the interval while it is incomplete
6. `stars.py`      a total becomes stars; the cheapest way to the next one
7. `facts.py`      numbers typed once become suggested grades, with the reason in words
8. `line.py`       `6优 7合 8 3.5 9优`: many marks in one typed line
9. `agreement.py`  what the committee may take over from 自评 in one go, and what it marks one by one
10. `standings.py`  branches side by side: ranks, gaps, trends, and 试算 under other rules
"""
