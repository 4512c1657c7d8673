"""The database: rows in, pure values out. Nobody else knows the tables.

Read `tables.py` for what is stored, `database.py` for how a unit of work runs; each other file has one subject.
"""
