"""codes that end with their maker's seat, and nothing of strangers"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ended_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.execute(  # what strangers said was kept for ever
        "DELETE FROM web_line WHERE external NOT IN"
        " (SELECT external FROM address WHERE channel = 'web' AND person_id IS NOT NULL)"
    )


def downgrade() -> None:
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_column("ended_at")
