"""what was shown: under a line that waits, in the messages of a chat; and the files that wait with a text"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
NEW = (("draft", "shown"), ("saying", "files"), ("address", "shown"))


def upgrade() -> None:
    for table, column in NEW:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column(column, sa.Text(), nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    for table, column in reversed(NEW):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column(column)
