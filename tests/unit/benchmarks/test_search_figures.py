"""What the search benchmark makes of its measurements, and that its films are what they are."""

from __future__ import annotations

import random
from itertools import islice

from scripts.benchmarks import search, search_triggers
from scripts.benchmarks.navigation_payloads import made_up_words
from scripts.benchmarks.report import Figure
from scripts.benchmarks.search_films import COMMON_WORD, RARE_WORD, VERY_COMMON_WORD, Size, films
from scripts.benchmarks.search_questions import FACETS, KINDS, asked
from scripts.benchmarks.search_service import crowded_figures, figures
from scripts.benchmarks.search_sync import Synced

WAYS = (search_triggers.WITH, search_triggers.WITHOUT)
SMALL = Size(scenes=12_000, films=600)


def by_name(found: list[Figure]) -> dict[str, Figure]:
    return {each.name: each for each in found}


def test_a_sync_is_as_fast_as_a_part_of_the_bare_ingest_of_its_documents() -> None:
    told = by_name(search.sync_figures(Synced([b"{}"] * 100, sync_seconds=20.0, bare_seconds=8.0)))
    assert told["speed of sync to bare ingest"].value == 0.4
    assert told["speed of sync to bare ingest"].holds
    assert told["sync"].value == 5.0


def test_a_lag_may_be_two_seconds_longer_than_the_commit_time_out_of_the_template() -> None:
    assert by_name(search.lag_figures([7.0] * 20))["lag of a change p95"].holds
    assert not by_name(search.lag_figures([7.1] * 20))["lag of a change p95"].holds


def test_triggers_cost_a_part_of_a_copy_and_some_time_of_a_row() -> None:
    copies = {f"COPY {table} {way}": 2.0 for table in search_triggers.TABLES for way in WAYS}
    rows = {f"{each} {way}": 0.25 for each in search_triggers.SINGLE for way in WAYS}
    slower = {"COPY object_labels with triggers": 3.0, "insert with triggers": 0.5}
    told = by_name(search_triggers.figures(copies | rows | slower))
    assert told["triggers: COPY object_labels"].value == 0.5
    assert not told["triggers: COPY object_labels"].holds
    assert told["triggers: COPY transcript_fts"].value == 0.0
    assert told["triggers: insert of a row"].value == 0.25


def test_each_kind_of_question_has_to_hold_by_itself() -> None:
    taken = {
        f"{kind} {side} p{percentile}": 5.0 if side == "service" else 1.0
        for kind in (*KINDS, "all")
        for side in ("service", "bare")
        for percentile in (50, 95)
    }
    slow = taken | {"rare word service p95": 8.5}
    assert all(each.holds for each in figures(taken))
    assert [each.name for each in figures(slow) if not each.holds] == ["rare word: p95 / bare"]


def test_words_are_said_as_often_as_they_should_be() -> None:
    said = [
        row[4] for film in films(SMALL) for row in film.artifacts if row[1] == "transcript.segment"
    ]
    part = {
        word: sum(f'"{word}"' in each for each in said) / len(said)
        for word in (VERY_COMMON_WORD, COMMON_WORD, RARE_WORD)
    }
    assert 0.3 < part[VERY_COMMON_WORD] < 0.36
    assert 0.01 < part[COMMON_WORD] < 0.03
    assert 0 < part[RARE_WORD] < 0.001


def test_a_film_is_the_same_whenever_it_is_made_and_its_scenes_follow_one_another() -> None:
    first, again = (list(islice(films(SMALL), 3)) for _ in range(2))
    assert first == again
    scenes = [row[2:4] for row in first[0].artifacts if row[1] == "scene"]
    assert [start for start, _ in scenes] == [0, *(end for _, end in scenes[:-1])]
    assert scenes[-1][1] == first[0].duration_ms


def test_questions_come_in_turn_and_ask_for_all_facets() -> None:
    rare = made_up_words(random.Random(1))[-1]
    made = asked(["one two three", f"{rare} four"], times=2, seed=1)
    assert [kind for kind, _ in made] == [*KINDS] * 2
    assert all(question.request.facets == FACETS for _, question in made)


def test_what_unpurged_revs_cost_is_told_apart_from_a_slower_machine() -> None:
    before = {f"{kind} {side} p50": 2.0 for kind in (*KINDS, "all") for side in ("service", "bare")}
    twice_as_slow = {name: 2 * value for name, value in before.items()}
    assert {each.value for each in crowded_figures(before, twice_as_slow)} == {1.0}
    dearer = crowded_figures(before, before | {"phrase service p50": 4.0})
    assert [each.name for each in dearer if not each.holds] == ["phrase: p50 with unpurged"]
