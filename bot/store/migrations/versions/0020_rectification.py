"""rectification plans and their measures"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_TIME = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    op.create_table(
        "rectification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("committee_id", sa.Integer(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("owed_on", sa.Date(), nullable=True),
        sa.Column("submitted_at", _TIME(), nullable=True),
        sa.Column("submitted_by", sa.Integer(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("returned_at", _TIME(), nullable=True),
        sa.Column("accepted_at", _TIME(), nullable=True),
        sa.Column("accepted_by", sa.Integer(), nullable=True),
        sa.Column("guidance", sa.Text(), nullable=False),
        sa.Column("guided_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["accepted_by"], ["person.id"], name=op.f("fk_rectification_accepted_by_person")
        ),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_rectification_branch_id_branch")),
        sa.ForeignKeyConstraint(
            ["committee_id"], ["committee.id"], name=op.f("fk_rectification_committee_id_committee")
        ),
        sa.ForeignKeyConstraint(["guided_by"], ["person.id"], name=op.f("fk_rectification_guided_by_person")),
        sa.ForeignKeyConstraint(
            ["submitted_by"], ["person.id"], name=op.f("fk_rectification_submitted_by_person")
        ),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name=op.f("fk_rectification_term_id_term")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rectification")),
        sa.UniqueConstraint("branch_id", "term_id", name=op.f("uq_rectification_branch_id_term_id")),
    )
    with op.batch_alter_table("rectification", schema=None) as batch_op:
        batch_op.create_index(
            "ix_rectification_committee_id_term_id", ["committee_id", "term_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_rectification_term_id"), ["term_id"], unique=False)

    op.create_table(
        "measure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("rectification_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.SmallInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("post", sa.String(length=40), nullable=False),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("suggested", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", _TIME(), nullable=False),
        sa.Column("dropped_at", _TIME(), nullable=True),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("reported_at", _TIME(), nullable=True),
        sa.Column("closed_at", _TIME(), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("returned_at", _TIME(), nullable=True),
        sa.Column("accepted_at", _TIME(), nullable=True),
        sa.Column("accepted_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["accepted_by"], ["person.id"], name=op.f("fk_measure_accepted_by_person")),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_measure_branch_id_branch")),
        sa.ForeignKeyConstraint(["closed_by"], ["person.id"], name=op.f("fk_measure_closed_by_person")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_measure_made_by_person")),
        sa.ForeignKeyConstraint(
            ["rectification_id"], ["rectification.id"], name=op.f("fk_measure_rectification_id_rectification")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure")),
    )
    with op.batch_alter_table("measure", schema=None) as batch_op:
        batch_op.create_index(
            "ix_measure_branch_id_rectification_id", ["branch_id", "rectification_id"], unique=False
        )

    op.create_table(
        "measure_file",
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("evidence_id", sa.Integer(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_measure_file_branch_id_branch")),
        sa.ForeignKeyConstraint(
            ["evidence_id"], ["evidence.id"], name=op.f("fk_measure_file_evidence_id_evidence")
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"], ["measure.id"], name=op.f("fk_measure_file_measure_id_measure")
        ),
        sa.PrimaryKeyConstraint("measure_id", "evidence_id", name=op.f("pk_measure_file")),
    )
    with op.batch_alter_table("measure_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_measure_file_branch_id"), ["branch_id"], unique=False)
