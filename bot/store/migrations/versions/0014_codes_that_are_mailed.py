"""codes that are mailed, to confirm an address"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mail_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=128), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("made_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("send_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_mail_code_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_code")),
    )
    with op.batch_alter_table("mail_code", schema=None) as batch_op:
        batch_op.create_index("ix_mail_code_person_id", ["person_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("mail_code", schema=None) as batch_op:
        batch_op.drop_index("ix_mail_code_person_id")
    op.drop_table("mail_code")
