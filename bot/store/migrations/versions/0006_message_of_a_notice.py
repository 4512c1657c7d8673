"""message of a notice"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saying",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address_id", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(length=64), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.Column("heard", sa.Boolean(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name=op.f("fk_saying_address_id_address")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saying")),
    )
    with op.batch_alter_table("saying", schema=None) as batch_op:
        batch_op.create_index("ix_saying_address_id_message", ["address_id", "message"], unique=False)

    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("message", sa.String(length=64), nullable=True))
        batch_op.create_index("ix_notice_address_id_message", ["address_id", "message"], unique=False)

    with op.batch_alter_table("address", schema=None) as batch_op:
        batch_op.add_column(sa.Column("below", sa.Text(), nullable=False, server_default=sa.text("''")))
        batch_op.add_column(sa.Column("album", sa.Text(), nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    with op.batch_alter_table("address", schema=None) as batch_op:
        batch_op.drop_column("album")
        batch_op.drop_column("below")

    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index("ix_notice_address_id_message")
        batch_op.drop_column("message")

    with op.batch_alter_table("saying", schema=None) as batch_op:
        batch_op.drop_index("ix_saying_address_id_message")

    op.drop_table("saying")
