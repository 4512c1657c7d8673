"""persons whose data was deleted"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("deleted_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
