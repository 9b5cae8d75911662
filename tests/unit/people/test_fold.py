"""The log folded: an entry that was taken back is as if it had never been written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rushes.people.fold import cancelled_entries, fold
from rushes.people.log import Action, Entry

CLUSTERS = ["a", "b", "c", "d", "e"]
FACES = [f"{cluster}{number}" for cluster in CLUSTERS for number in range(3)]
Said = tuple[Action, dict[str, Any]]


def entries(said: list[Said]) -> list[Entry]:
    """Entries 1, 2, 3..., as they would stand in the log."""
    then = datetime(2024, 5, 1, tzinfo=UTC)
    return [
        Entry(number, "films", action, payload, "tester", then)
        for number, (action, payload) in enumerate(said, start=1)
    ]


def state(log: list[Entry]) -> dict[str, tuple[str, str | None, bool]]:
    """Each face with its person, name and hiding; of face `a1` the raw cluster is `a`."""
    people = fold(log)
    found = {}
    for face in FACES:
        cluster = people.face_splits.get(face, face[0])
        found[face] = (
            people.person_of(cluster),
            people.name_of(cluster),
            people.is_hidden(cluster),
        )
    return found


def name(cluster: str, called: str | None) -> Said:
    return Action.NAME, {"cluster_id": cluster, "name": called}


def merge(into: str, *others: str) -> Said:
    return Action.MERGE, {"into": into, "others": list(others)}


def split(new: str, source: str, *faces: str) -> Said:
    return Action.SPLIT, {"cluster_id": new, "from": source, "artifact_ids": list(faces)}


def undo(entry_id: int) -> Said:
    return Action.UNDO, {"entry_id": entry_id}


_ANY = st.sampled_from([*CLUSTERS, "s0", "s1", "s2"])
_SAID = st.one_of(
    st.builds(name, _ANY, st.sampled_from(["Ann", "Bob", None])),
    st.builds(merge, _ANY, _ANY),
    st.builds(merge, _ANY, _ANY, _ANY),
    st.builds(
        lambda each, what: (what, {"cluster_id": each}),
        _ANY,
        st.sampled_from([Action.HIDE, Action.UNHIDE]),
    ),
    st.builds(lambda one, other: (Action.CANNOT_LINK, {"one": one, "other": other}), _ANY, _ANY),
    st.builds(
        lambda source, faces: split("new", source, *faces),
        st.sampled_from(CLUSTERS),
        st.lists(st.sampled_from(FACES), min_size=1, max_size=4),
    ),
)


@given(said=st.lists(_SAID, min_size=1, max_size=12), data=st.data())
def test_an_undone_entry_is_as_if_it_had_never_been_said(
    said: list[Said], data: st.DataObject
) -> None:
    log = entries(_with_new_ids(said))
    target = data.draw(st.sampled_from(log))
    without = _without(log, target)
    undone = entries([*((e.action, dict(e.payload)) for e in log), undo(target.entry_id)])
    assert state(undone) == state(without)
    redone = entries([*((e.action, dict(e.payload)) for e in undone), undo(undone[-1].entry_id)])
    assert state(redone) == state(log)


def _without(log: list[Entry], target: Entry) -> list[Entry]:
    """The log without an entry and, where that was a split, without its cluster."""
    gone = target.payload["cluster_id"] if target.action is Action.SPLIT else "nobody"
    left = []
    for entry in log:
        payload = dict(entry.payload)
        if entry is target or gone in (payload.get("cluster_id"), payload.get("into")):
            continue
        if entry.action is Action.MERGE:
            payload["others"] = [each for each in payload["others"] if each != gone]
        left.append(replace(entry, payload=payload))
    return left


def _with_new_ids(said: list[Said]) -> list[Said]:
    """Each split makes a cluster of its own: s0, s1..."""
    found, count = [], 0
    for action, payload in said:
        if action is Action.SPLIT:
            payload = {**payload, "cluster_id": f"s{count}"}
            count += 1
        found.append((action, payload))
    return found


def test_whoever_is_merged_keeps_the_first_id_and_lends_its_name() -> None:
    people = fold(entries([name("b", "Bob"), merge("a", "b"), merge("c", "a")]))
    assert {people.person_of(each) for each in "abc"} == {"c"}
    assert people.name_of("c") == "Bob"
    assert people.person_of("d") == "d"


def test_a_name_that_was_taken_away_does_not_come_back_through_a_merged_one() -> None:
    people = fold(entries([name("b", "Bob"), merge("a", "b"), name("a", None)]))
    assert people.name_of("a") is None


def test_what_a_split_that_is_gone_had_gained_returns_to_where_it_came_from() -> None:
    said = [merge("a", "b"), split("s", "a", "a0"), name("s", "Sam"), undo(2)]
    people = fold(entries(said))
    assert people.person_of("s") == "a"
    assert people.name_of("s") is None
    assert people.face_splits == {}


def test_the_hiding_of_a_merged_person_is_the_hiding_of_whom_it_joined() -> None:
    people = fold(entries([(Action.HIDE, {"cluster_id": "b"}), merge("a", "b")]))
    assert not people.is_hidden("b")


def test_a_merge_of_two_that_were_parted_is_a_conflict() -> None:
    apart = (Action.CANNOT_LINK, {"one": "a", "other": "c"})
    assert fold(entries([apart, merge("a", "b")])).conflicts() == []
    assert fold(entries([apart, merge("a", "b"), merge("b", "c")])).conflicts() == [("a", "c")]
    assert fold(entries([split("s", "a", "a0"), merge("a", "s")])).conflicts() == [("s", "a")]


def test_all_that_is_merged_with_somebody_spoken_of_is_spoken_of() -> None:
    people = fold(entries([merge("a", "b"), split("s", "c", "c0"), undo(2)]))
    assert people.touched() == {"a", "b"}


def test_an_undo_that_was_undone_cancels_nothing() -> None:
    log = entries([name("a", "Ann"), undo(1), undo(2)])
    assert cancelled_entries(log) == {2: 3}
    assert fold(log).name_of("a") == "Ann"


def test_the_erased_have_no_name_and_no_splits() -> None:
    said = [name("a", "Ann"), split("s", "a", "a0"), (Action.ERASE, {"cluster_ids": ["a", "s"]})]
    people = fold(entries(said))
    assert (people.name_of("a"), people.split_from, people.face_splits) == (None, {}, {})
