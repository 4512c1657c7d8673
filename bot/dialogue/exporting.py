"""导出: what is in the archive of a term or of all, and the archive, made while it is sent."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar, assert_never

from bot.actions import Everything, EverythingArchive, Exporting, TermArchive, TermFiles
from bot.dialogue import charts, paper, review
from bot.dialogue.standings import entries, of_term
from bot.dialogue.work import Work
from bot.message import Attachment, Message, Reply, Streamed
from bot.paper import desk, record, register, reviewed
from bot.paper.archive import Member, parts, zipped
from bot.paper.form import Form
from bot.paper.texts import file_name, folders
from bot.permissions import Me, Rater, arrange, shown_to_committee
from bot.screens import exporting as screens
from bot.screens.paper import ENDINGS
from bot.store import exporting as store
from bot.store import results, roll, terms
from bot.store.database import Session
from bot.store.evidence import Evidence
from bot.store.exporting import Kept
from bot.values import Branch, Term
from scoring.profile import comparison
from scoring.refusal import Refused
from scoring.standings import Entry, standings

# Bytes kept free beside the evidence files of the first part, for what is written anew: of the term, of each branch.
PAPERS, PAPERS_OF_BRANCH = 4 * 1024**2, 256 * 1024

MIME = "application/zip"
FORMAT = "star-branch-committee"
T = TypeVar("T")


def respond(work: Work, action: Exporting) -> Reply:
    """Answer an action of this subject. Raises Refused."""
    if isinstance(action, Everything | EverythingArchive):
        return Reply(_everything(work, action))
    _, term = of_term(work, action.term)
    kept = store.files(work.session, term)
    cut = _parts(work, term, kept)
    match action:
        case TermFiles():
            return Reply(_offer(term, kept, cut))
        case TermArchive(_, part):
            return Reply(_archive(work, term, kept, cut, part))
        case _:
            assert_never(action)


def _everything(work: Work, action: Everything | EverythingArchive) -> Message:
    committee = action.committee
    arrange(work.me, committee)
    name = terms.committee_name(work.session, committee)
    every = terms.terms_of(work.session, [committee])
    if isinstance(action, Everything):
        return screens.everything(committee, name, every, whole=work.file_limit is None)
    if work.file_limit is not None:
        raise Refused("这里一次发不了这么大的文件，请逐个学期下载，或在网页聊天里下载全部。")
    archives = []
    for term in every:
        kept = store.files(work.session, term)
        places = folders(dict.fromkeys(one.branch for one in kept))
        archives.append(_Archive(term, kept, places, True, work.reading, work.evidence, work.me))

    def members() -> Iterator[Member]:
        with work.reading() as session:
            rounds = review.on_record(session, committee)
            said = {
                "format": FORMAT,
                "version": 1,
                "committee": name,
                **store.of_committee(session, committee),
                **reviewed.tables(rounds),
            }
        yield Member(["党总支数据.json"], json.dumps(said, ensure_ascii=False, indent=1).encode())
        for one in (one for one in rounds if one.shown.boxes):
            table = reviewed.listing(one, name, work.me.now)
            yield from _both([f"{table.name}{table.what}"], paper.LISTINGS, table)
        for archive in archives:
            for member in archive.members():
                yield Member((archive.term.name, *member.path), member.data)

    streamed = Streamed(f"{committee} all", lambda: zipped(members(), work.me.now))
    file = Attachment(file_name(f"{work.today}", name, "全部资料", ending="zip"), MIME, streamed)
    return screens.everything_archive(committee, file)


def _parts(work: Work, term: Term, kept: Sequence[Kept]) -> list[list[int]]:
    """Which files go together; one part that holds all of them where a file may be as large as it is."""
    if work.file_limit is None:
        return [list(range(len(kept)))]
    papers = PAPERS + PAPERS_OF_BRANCH * len(roll.of_term(work.session, term))
    first, *others = parts([papers, *(one.size for one in kept)], work.file_limit)
    return [[number - 1 for number in part if number] for part in (first, *others)]


def _offer(term: Term, kept: Sequence[Kept], cut: Sequence[Sequence[int]]) -> Message:
    sizes = [one.size for one in kept]
    return screens.offer(term, sizes, [sum(sizes[n] for n in part) for part in cut])


def _archive(
    work: Work, term: Term, kept: Sequence[Kept], cut: Sequence[Sequence[int]], part: int
) -> Message:
    whole = part == 0 and len(cut) == 1
    if not whole and part not in range(1, len(cut) + 1):
        raise Refused("材料有变动，请重新点「打包下载」，再选要哪一份。")
    chosen = [kept[n] for n in cut[max(part, 1) - 1]]
    places = folders(dict.fromkeys(one.branch for one in kept))
    made = _Archive(term, chosen, places, part <= 1, work.reading, work.evidence, work.me)
    name = file_name(term.name, f"档案{screens.which(part, len(cut))}", ending="zip")
    file = Attachment(name, MIME, Streamed(f"{term.id} {part} {len(cut)}", made.chunks))
    return screens.archive(term, part, len(cut), file)


@dataclass(frozen=True, slots=True)
class _Archive:
    """What is needed to make an archive, after the unit of work in which it was asked for has ended."""

    term: Term
    kept: Sequence[Kept]
    places: Mapping[str, str]  # the folder of each branch, the same in all parts
    papers: bool  # whether all that is written anew is in it, too
    reading: Callable[[], AbstractContextManager[Session]]
    evidence: Evidence
    me: Me  # who asked, and when

    def chunks(self) -> Iterator[bytes]:
        """The archive, a piece at a time. Blocks; what the database says is read at its beginning."""
        return zipped(self.members(), self.me.now)

    def members(self) -> Iterator[Member]:
        """What is in it, one after the other."""
        if self.papers:
            yield from self._written()
        for one in self.kept:
            yield Member(("材料", self.places[one.branch], *self._filed(one)), self.evidence.path(one.sha256))

    def _filed(self, one: Kept) -> tuple[str, ...]:
        """Where a file lies among those of its branch, and as what: under its item, or with its number in 整改台账."""
        if one.annex:
            return "整改", f"附件{one.annex} {one.name}"
        title = self.term.table.item(one.item).title
        return f"第{one.item:02}项 {title}", one.rater.word, one.name

    def _written(self) -> Iterator[Member]:
        """What is written anew, a file when it is asked for; all of it from one look at the database."""
        term = self.term
        with self.reading() as session:
            branches = roll.of_term(session, term)
            summary = paper.summed_up(session, term, store.committee_name(session, term), self.me.now)
            kept = self._record(session, branches, summary.committee)
        gone = [one for one in self.kept if not self.evidence.path(one.sha256).is_file()]
        yield from record.members(kept, [f"{one.branch} {one.name}" for one in gone])
        yield from _both(("汇总表",), paper.LISTINGS, summary)
        if kept.register:
            table = register.listing(kept.register, kept.committee, term, self.me.now)
            yield from _both(("整改台账",), paper.LISTINGS, table)
        for form in self._forms(branches, kept):
            yield from _both(("测评表", form.branch.name), paper.FORMS, form)
        yield from self._charts(branches, kept.entries)

    def _charts(self, branches: Iterable[Branch], listed: Sequence[Entry]) -> Iterator[Member]:
        """排名图, and the 雷达图 of each branch with a result that the committee sees, drawn when it is asked for."""
        table = charts.table_by_total(self.term, standings(listed))
        if table is not None:
            yield Member(("图", "排名.png"), table.read)
        for branch, mine in zip(branches, listed, strict=True):
            if mine.told:
                beside = comparison(mine, listed)
                radar = charts.radar_beside(branch, self.term, beside, official=mine.official)
                yield Member(("图", f"{branch.name} 雷达图.png"), radar.read)

    def _record(self, session: Session, branches: Sequence[Branch], committee: str) -> record.TermRecord:
        term = self.term
        found = results.of_committee(session, term_id=term.id, committee_id=term.committee_id)
        return record.TermRecord(
            committee=committee,
            term=term,
            made_at=self.me.now,
            entries=entries(branches, term, found),
            sheets={
                key: sheet for key, sheet in found.items() if shown_to_committee(key[1], sheet.submitted)
            },
            register=paper.registered(session, self.me, term),
            tables=store.tables(session, term),
        )

    def _forms(self, branches: Iterable[Branch], kept: record.TermRecord) -> Iterator[Form]:
        """The form of each branch as the committee may see it, to be kept: nobody fills it."""
        notes: dict[tuple[str, Rater], dict[int, str]] = {}
        for row in kept.tables["marks"]:
            notes.setdefault((row["branch"], store.RATERS_BY_NAME[row["rater"]]), {})[row["item"]] = row[
                "note"
            ]
        for branch in branches:
            yield Form(
                branch=branch,
                term=self.term,
                sheets={
                    rater: kept.sheets[branch.id, rater]
                    for rater in Rater
                    if (branch.id, rater) in kept.sheets
                },
                notes={rater: notes.get((branch.name, rater), {}) for rater in Rater},
                made=self.me.now,
                reader=Rater.COMMITTEE,
            )


def _both(path: Sequence[str], makes: Iterable[Callable[[T], bytes]], of: T) -> Iterator[Member]:
    """A paper as Excel and as Word, each made when it is asked for."""
    for ending, make in zip(ENDINGS, makes, strict=True):
        yield Member((*path[:-1], f"{path[-1]}.{ending}"), partial(desk.made, partial(make, of)))
