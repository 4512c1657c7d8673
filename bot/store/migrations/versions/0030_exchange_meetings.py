"""exchange meetings"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exchange",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("committee_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("hour", sa.String(length=10), nullable=False),
        sa.Column("order", sa.Text(), nullable=False),
        sa.Column("assignment_id", sa.Integer(), nullable=True),
        sa.Column("minutes_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("minutes_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_exchange_assignment_id_assignment")
        ),
        sa.ForeignKeyConstraint(
            ["committee_id"], ["committee.id"], name=op.f("fk_exchange_committee_id_committee")
        ),
        sa.ForeignKeyConstraint(["minutes_by"], ["person.id"], name=op.f("fk_exchange_minutes_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange")),
        sa.UniqueConstraint("committee_id", "year", name=op.f("uq_exchange_committee_id_year")),
    )


def downgrade() -> None:
    op.drop_table("exchange")
