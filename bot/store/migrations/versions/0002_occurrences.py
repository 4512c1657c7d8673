"""occurrences"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "occurrence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("committee_id", sa.Integer(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=True),
        sa.Column("body", sa.Integer(), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("duty", sa.String(length=40), nullable=False),
        sa.Column("period", sa.String(length=40), nullable=False),
        sa.Column("opens", sa.Date(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("done_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_occurrence_branch_id_branch")),
        sa.ForeignKeyConstraint(
            ["committee_id"], ["committee.id"], name=op.f("fk_occurrence_committee_id_committee")
        ),
        sa.ForeignKeyConstraint(["done_by"], ["person.id"], name=op.f("fk_occurrence_done_by_person")),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name=op.f("fk_occurrence_term_id_term")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrence")),
        sa.UniqueConstraint(
            "committee_id", "body", "duty", "period", name=op.f("uq_occurrence_committee_id_body_duty_period")
        ),
    )
    with op.batch_alter_table("occurrence", schema=None) as batch_op:
        batch_op.create_index("ix_occurrence_branch_id_term_id", ["branch_id", "term_id"], unique=False)
        batch_op.create_index("ix_occurrence_committee_id_due", ["committee_id", "due"], unique=False)
        batch_op.create_index(batch_op.f("ix_occurrence_term_id"), ["term_id"], unique=False)

    with op.batch_alter_table("committee", schema=None) as batch_op:
        batch_op.add_column(sa.Column("laid_out_on", sa.Date(), nullable=True))


def downgrade() -> None:

    with op.batch_alter_table("committee", schema=None) as batch_op:
        batch_op.drop_column("laid_out_on")

    with op.batch_alter_table("occurrence", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_occurrence_term_id"))
        batch_op.drop_index("ix_occurrence_committee_id_due")
        batch_op.drop_index("ix_occurrence_branch_id_term_id")

    op.drop_table("occurrence")
