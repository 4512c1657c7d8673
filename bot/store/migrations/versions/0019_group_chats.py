"""group chats"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "group_chat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("committee_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("external", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("shows", sa.Boolean(), nullable=False),
        sa.Column("switched_by", sa.Integer(), nullable=True),
        sa.Column("switched_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["committee_id"], ["committee.id"], name=op.f("fk_group_chat_committee_id_committee")
        ),
        sa.ForeignKeyConstraint(
            ["switched_by"], ["person.id"], name=op.f("fk_group_chat_switched_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_chat")),
        sa.UniqueConstraint(
            "committee_id", "channel", "external", name=op.f("uq_group_chat_committee_id_channel_external")
        ),
    )
