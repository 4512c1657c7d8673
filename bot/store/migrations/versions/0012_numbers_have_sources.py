"""numbers have sources"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reported",
        sa.Column("occurrence_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("branch_id", sa.Integer(), nullable=False),
        sa.Column("term_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"], name=op.f("fk_reported_branch_id_branch")),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrence.id"], name=op.f("fk_reported_occurrence_id_occurrence")
        ),
        sa.ForeignKeyConstraint(["term_id"], ["term.id"], name=op.f("fk_reported_term_id_term")),
        sa.PrimaryKeyConstraint("occurrence_id", "kind", name=op.f("pk_reported")),
    )
    with op.batch_alter_table("reported", schema=None) as batch_op:
        batch_op.create_index("ix_reported_branch_id_term_id", ["branch_id", "term_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reported_term_id"), ["term_id"], unique=False)
    with op.batch_alter_table("occurrence", schema=None) as batch_op:
        batch_op.add_column(sa.Column("waiting", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("answered_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True))
    op.execute("UPDATE occurrence SET answered_at = done_at WHERE done_at IS NOT NULL")
    op.execute("UPDATE occurrence SET waiting = answer, answer = '' WHERE done_at IS NULL AND answer <> ''")
    _split(op.get_bind())


def _split(connection: sa.Connection) -> None:
    """Tell what the answers say from what was typed by hand: so far a number was the sum of both.

    A number that is what the answers add up to was not typed; what differs stays, as typed by hand, in their place.
    """
    from jobs.duties.answers import added_up, facts_of, read_answer
    from jobs.duties.catalogue import is_typed, read_duties
    from scoring.facts import Fact
    from scoring.refusal import Refused

    fact, occurrence, term = _tables()
    stored = {
        (row.branch_id, row.term_id, row.kind, row.period): row
        for row in connection.execute(sa.select(fact)).all()
    }
    said: dict[tuple[int, int], list[Fact]] = {}
    answered = (
        sa.select(occurrence, term.c.edition)
        .join(term, term.c.id == occurrence.c.term_id)
        .where(occurrence.c.done_at.is_not(None), occurrence.c.branch_id.is_not(None))
    )
    for row in connection.execute(answered).all():
        try:
            duty = read_duties(row.edition).get(row.duty)
            if duty is None or not is_typed(duty) or not (row.answer or duty.closes in ("tick", "file")):
                continue
            kept = [stored.get((row.branch_id, row.term_id, kind.key, "")) for kind in duty.asks]
            late = duty.closes == "file" and any(one is not None and not one.count for one in kept)
            told = row.answer or " ".join("是" for _ in duty.asks) or "是"
            facts = facts_of(duty, read_answer(duty, told), row.period, not late)
        except Refused:  # an answer, or an edition, of a version that read it otherwise
            continue
        for one in facts:
            values = {"kind": one.kind, "period": one.period, "count": one.count, "of": one.of}
            whose = {"occurrence_id": row.id, "branch_id": row.branch_id, "term_id": row.term_id}
            connection.execute(_REPORTED.insert().values(**whose, **values))
        said.setdefault((row.branch_id, row.term_id), []).extend(facts)
    for (branch, of_term, kind, period), row in stored.items():
        alike = [one for one in said.get((branch, of_term), ()) if one.kind == kind]
        whole = [Fact(one.kind, one.count, one.of, period) for one in alike if period in ("", one.period)]
        if Fact(kind, row.count, row.of, period) in added_up(whole):
            connection.execute(fact.delete().where(fact.c.id == row.id))


_REPORTED = sa.table(
    "reported", *map(sa.column, ("occurrence_id", "kind", "branch_id", "term_id", "period", "count", "of"))
)


def _tables() -> tuple[sa.TableClause, sa.TableClause, sa.TableClause]:
    names = {
        "fact": ("id", "branch_id", "term_id", "kind", "period", "count", "of"),
        "occurrence": ("id", "branch_id", "term_id", "duty", "period", "answer", "done_at"),
        "term": ("id", "edition"),
    }
    fact, occurrence, term = (sa.table(name, *map(sa.column, columns)) for name, columns in names.items())
    return fact, occurrence, term


def downgrade() -> None:
    with op.batch_alter_table("occurrence", schema=None) as batch_op:
        batch_op.drop_column("answered_at")
        batch_op.drop_column("waiting")
    op.drop_table("reported")
