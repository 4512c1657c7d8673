"""what is told late, because its day was set late; self-evaluation when it usually is"""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("occurrence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("told_on", sa.Date(), nullable=True))
    _usual_windows(op.get_bind())


def _usual_windows(connection: sa.Connection) -> None:
    """Self-evaluation from three weeks to one before the end was the usual one, and nobody's choice."""
    from jobs.duties.calendar import TermDates

    today = connection.execute(sa.select(sa.func.current_date())).scalar_one()
    stored = connection.execute(
        sa.select(_TERM).where(_TERM.c.ends >= today, _TERM.c.published_at.is_(None))
    ).all()
    for term in stored:
        was = (term.ends - timedelta(days=21), term.ends - timedelta(days=7))
        usual = TermDates("", term.starts, term.ends)
        if (term.opens, term.closes) == was and usual.closes >= today:
            window = {"opens": usual.opens, "closes": usual.closes}
            connection.execute(_TERM.update().where(_TERM.c.id == term.id).values(**window))
            whose = _COMMITTEE.c.id == term.committee_id
            connection.execute(_COMMITTEE.update().where(whose).values(laid_out_on=None))


_TERM = sa.table(
    "term",
    sa.column("id", sa.Integer),
    sa.column("committee_id", sa.Integer),
    *(sa.column(name, sa.Date) for name in ("starts", "ends", "opens", "closes")),
    sa.column("published_at"),
)
_COMMITTEE = sa.table("committee", sa.column("id", sa.Integer), sa.column("laid_out_on", sa.Date))


def downgrade() -> None:
    with op.batch_alter_table("occurrence", schema=None) as batch_op:
        batch_op.drop_column("told_on")
