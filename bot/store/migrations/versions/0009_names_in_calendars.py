"""names in calendars"""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("committee", schema=None) as batch_op:
        batch_op.add_column(sa.Column("calendar_id", sa.String(length=16), server_default="", nullable=False))
    committee = sa.table("committee", sa.column("id", sa.Integer), sa.column("calendar_id", sa.String))
    for number in op.get_bind().scalars(sa.select(committee.c.id)).all():
        op.execute(
            committee.update().where(committee.c.id == number).values(calendar_id=secrets.token_hex(8))
        )
    op.execute(
        "UPDATE person SET name = substr(name, 1, 40) WHERE length(name) > 40"
    )  # SQLite had let them in


def downgrade() -> None:
    with op.batch_alter_table("committee", schema=None) as batch_op:
        batch_op.drop_column("calendar_id")
