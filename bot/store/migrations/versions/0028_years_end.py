"""year's end"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("committee_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("edition", sa.String(length=40), nullable=False),
        sa.Column("branches", sa.Text(), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("voters", sa.Text(), nullable=False),
        sa.Column("present", sa.Text(), nullable=False),
        sa.Column("issued", sa.Text(), nullable=False),
        sa.Column("returned", sa.Text(), nullable=False),
        sa.Column("weights", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("opened_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("closed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("voided_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["committee_id"], ["committee.id"], name=op.f("fk_review_committee_id_committee")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_review_made_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
    )
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.create_index("ix_review_committee_id_year", ["committee_id", "year"], unique=False)

    op.create_table(
        "award",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("committee_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("made_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("decided_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("noted_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_award_branch_id_branch")),
        sa.ForeignKeyConstraint(
            ["committee_id"], ["committee.id"], name=op.f("fk_award_committee_id_committee")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_award_made_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_award")),
        sa.UniqueConstraint("committee_id", "year", name=op.f("uq_award_committee_id_year")),
    )
    op.create_table(
        "ballot",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("group", sa.SmallInteger(), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_ballot_review_id_review")),
        sa.PrimaryKeyConstraint("review_id", "key", name=op.f("pk_ballot")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ballot_opinion",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name=op.f("fk_ballot_opinion_branch_id_branch")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name=op.f("fk_ballot_opinion_review_id_review")
        ),
        sa.PrimaryKeyConstraint("review_id", "key", name=op.f("pk_ballot_opinion")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "expert_opinion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name=op.f("fk_expert_opinion_branch_id_branch")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_expert_opinion_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["review_id"], ["review.id"], name=op.f("fk_expert_opinion_review_id_review")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expert_opinion")),
    )
    with op.batch_alter_table("expert_opinion", schema=None) as batch_op:
        batch_op.create_index("ix_expert_opinion_review_id", ["review_id"], unique=False)

    op.create_table(
        "paper_ballots",
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("group", sa.SmallInteger(), nullable=False),
        sa.Column("ballots", sa.Integer(), nullable=False),
        sa.Column("tally", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_paper_ballots_person_id_person")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_paper_ballots_review_id_review")),
        sa.PrimaryKeyConstraint("review_id", "group", name=op.f("pk_paper_ballots")),
    )
    op.create_table(
        "voter",
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("group", sa.SmallInteger(), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_voter_review_id_review")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_voter")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("voter", schema=None) as batch_op:
        batch_op.create_index("ix_voter_review_id", ["review_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("voter", schema=None) as batch_op:
        batch_op.drop_index("ix_voter_review_id")

    op.drop_table("voter")
    op.drop_table("paper_ballots")
    with op.batch_alter_table("expert_opinion", schema=None) as batch_op:
        batch_op.drop_index("ix_expert_opinion_review_id")

    op.drop_table("expert_opinion")
    op.drop_table("ballot_opinion")
    op.drop_table("ballot")
    op.drop_table("award")
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_index("ix_review_committee_id_year")

    op.drop_table("review")
