"""which branches are rated in a term, and as what"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("branch", schema=None) as batch_op:
        batch_op.add_column(sa.Column("closed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.create_table(
        "roll",
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("campus", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name=op.f("fk_roll_term_id_term")),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_roll_branch_id_branch")),
        sa.PrimaryKeyConstraint("term_id", "branch_id", name=op.f("pk_roll")),
    )
    op.execute(
        "INSERT INTO roll (term_id, branch_id, name, campus) SELECT term.id, branch.id, branch.name, branch.campus"
        " FROM term JOIN branch ON branch.committee_id = term.committee_id"
    )


def downgrade() -> None:
    op.drop_table("roll")
    with op.batch_alter_table("branch", schema=None) as batch_op:
        batch_op.drop_column("closed_at")
