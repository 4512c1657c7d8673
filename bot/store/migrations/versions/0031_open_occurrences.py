"""open occurrences"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

ALIKE = ("due", "duty", "period", "opens", "term_id", "assignment_id", "branch_id", "told_on")
INDEXES = {
    "ix_occurrence_open": ("committee_id", *ALIKE, "done_at", "cancelled"),
    "ix_occurrence_open_of_branch": ("branch_id", "due"),
}


def upgrade() -> None:
    for name, columns in INDEXES.items():
        op.create_index(
            name,
            "occurrence",
            columns,
            sqlite_where=sa.text("done_at IS NULL AND cancelled IS 0"),
            postgresql_where=sa.text("done_at IS NULL AND cancelled IS false"),
        )


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "occurrence")
