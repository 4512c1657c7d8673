"""open occurrences, those told alike together"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

NAME = "ix_occurrence_open"
BEFORE = ("due", "duty", "period", "opens", "term_id", "assignment_id", "branch_id", "told_on")
SINCE = ("due", "duty", "period", "told_on", "branch_id")


def _index(columns: tuple[str, ...]) -> None:
    op.drop_index(NAME, "occurrence")
    op.create_index(
        NAME,
        "occurrence",
        ("committee_id", *columns, "done_at", "cancelled"),
        sqlite_where=sa.text("done_at IS NULL AND cancelled IS 0"),
        postgresql_where=sa.text("done_at IS NULL AND cancelled IS false"),
    )


def upgrade() -> None:
    _index(SINCE)


def downgrade() -> None:
    _index(BEFORE)
