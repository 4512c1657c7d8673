"""The statements of every tap, made ready once (docs/decisions/0076)."""

from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from bot.store.database import Session

_CURSOR = "cursor of what is ready"


class Ready:
    """A statement that is compiled once for each database, and then given to its driver without SQLAlchemy.

    Values and rows are the same as of `session.execute`: its types convert them. Rows are plain tuples. Of a statement
    that writes, `columns` are all that it is given, and none of the others may have a default of ours.
    """

    def __init__(self, statement: Any, *columns: str) -> None:
        self._statement, self._columns = statement, columns
        self._made: WeakKeyDictionary[sa.Dialect, _Made] = WeakKeyDictionary()

    def __call__(self, session: Session, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Its rows; none where it gives none. Raises what SQLAlchemy raises."""
        connection = session.connection()
        if connection.dispatch.before_cursor_execute:  # somebody looks at all statements
            found = connection.execute(self._statement, dict(values))
            return found.all() if found.returns_rows else ()
        made = self._made.get(connection.dialect)
        if made is None:
            made = self._made[connection.dialect] = _Made(self._statement, self._columns, connection.dialect)
        if not connection.in_transaction():
            connection.begin()
        return made.run(connection, values)


class _Made:
    """A statement as a driver knows it."""

    def __init__(self, statement: Any, columns: Sequence[str], dialect: sa.Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns or None)
        if compiled.insert_prefetch or compiled.update_prefetch or compiled.post_compile_params:
            raise ValueError(f"its text or its values are not known before: {compiled}")
        binds = compiled.binds
        self._text, self._dialect = str(compiled), dialect
        self._order: Sequence[str] | None = compiled.positiontup if compiled.positional else None
        self._fixed = {name: bind.effective_value for name, bind in binds.items() if not bind.required}
        converts = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in binds.items()
        }
        self._given = [(name, convert) for name, convert in converts.items() if convert]
        types = [column.type.dialect_impl(dialect) for column in getattr(statement, "exported_columns", ())]
        found = enumerate(one.result_processor(dialect, None) for one in types)
        self._found = [(place, convert) for place, convert in found if convert]
        self._returns = bool(types)

    def run(self, connection: sa.Connection, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        """Its rows."""
        given = {**self._fixed, **values}
        for name, convert in self._given:
            given[name] = convert(given[name])
        driver: Any = self._dialect.dbapi
        cursor = _cursor(connection)
        try:
            cursor.execute(
                self._text, given if self._order is None else [given[name] for name in self._order]
            )
            rows: Sequence[Sequence[Any]] = cursor.fetchall() if self._returns else ()
        except driver.Error as error:
            known = sa.exc.DBAPIError.instance(self._text, None, error, driver.Error, hide_parameters=True)
            raise known from error
        return [self._converted(row) for row in rows] if self._found else rows

    def _converted(self, row: Sequence[Any]) -> Sequence[Any]:
        values = list(row)
        for place, convert in self._found:
            values[place] = convert(values[place])
        return values


def _cursor(connection: sa.Connection) -> Any:
    """The one cursor of a driver's connection: to make one takes psycopg a quarter as long as to run a statement."""
    cursor = connection.info.get(_CURSOR)
    if cursor is None:
        cursor = connection.info[_CURSOR] = connection.connection.cursor()
    return cursor
