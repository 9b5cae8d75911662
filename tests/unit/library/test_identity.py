"""Who is who after a look: laws over random libraries, and the cases people meet."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from rushes.library.identity import (
    KnownAsset,
    Match,
    OccupiedPath,
    ScanPlan,
    SeenFile,
    plan_scan,
)

PATHS = ["a.mp4", "b.mp4", "x/a.mp4", "x/b.mp4", "y/c.mp4"]
CONTENTS = ["X", "Y", "Z"]


def known(asset_id: str, path: str, content: str, *, missing: bool = False) -> KnownAsset:
    return KnownAsset(asset_id, path, content, len(content), missing)


def seen(path: str, content: str) -> SeenFile:
    return SeenFile(path, content, len(content), 0)


def applied(assets: Sequence[KnownAsset], plan: ScanPlan) -> list[KnownAsset]:
    """The films as they are once a plan is carried out."""
    after = {asset.asset_id: asset for asset in assets}
    for match in plan.matches:
        after[match.asset.asset_id] = replace(
            match.asset, path=match.file.path, content_hash=match.file.content_hash, missing=False
        )
    for asset in plan.missing:
        after[asset.asset_id] = replace(asset, missing=True)
    added = [*plan.new, *(copy.file for copy in plan.duplicates)]
    for number, file in enumerate(added):
        name = f"new{number}-{len(assets)}"
        after[name] = known(name, file.path, file.content_hash)
    return list(after.values())


def holder(assets: Sequence[KnownAsset], path: str) -> str:
    (one,) = [asset.asset_id for asset in assets if asset.path == path and not asset.missing]
    return one


@st.composite
def known_libraries(draw: st.DrawFn) -> list[KnownAsset]:
    """Present films at distinct paths, and missing ones anywhere."""
    present = draw(st.lists(st.sampled_from(PATHS), unique=True))
    missing = draw(st.lists(st.sampled_from(PATHS), max_size=3))
    ids = draw(st.permutations(range(len(present) + len(missing))))
    return [
        known(
            f"v{ids[number]}",
            path,
            draw(st.sampled_from(CONTENTS)),
            missing=number >= len(present),
        )
        for number, path in enumerate(present + missing)
    ]


seen_files = st.lists(
    st.builds(seen, st.sampled_from(PATHS), st.sampled_from(CONTENTS)),
    unique_by=lambda file: file.path,
)
prefixes = st.lists(st.sampled_from(["x", "y", "a.mp4"]), unique=True)


@given(known_libraries(), seen_files, prefixes)
def test_every_file_gets_one_film_and_no_film_two_files(
    assets: list[KnownAsset], files: list[SeenFile], unlisted: list[str]
) -> None:
    plan = plan_scan(assets, files, unlisted)
    placed = [match.file for match in plan.matches]
    placed += [*plan.new, *(copy.file for copy in plan.duplicates)]
    assert sorted(file.path for file in placed) == sorted(file.path for file in files)
    settled = [match.asset.asset_id for match in plan.matches]
    settled += [asset.asset_id for asset in (*plan.missing, *plan.kept)]
    assert sorted(settled) == sorted(asset.asset_id for asset in assets)


@given(known_libraries(), seen_files, prefixes)
def test_two_films_never_lie_at_one_path(
    assets: list[KnownAsset], files: list[SeenFile], unlisted: list[str]
) -> None:
    present = [a.path for a in applied(assets, plan_scan(assets, files, unlisted)) if not a.missing]
    assert len(present) == len(set(present))


@given(known_libraries(), seen_files, st.randoms(use_true_random=False))
def test_the_order_of_reading_does_not_matter(
    assets: list[KnownAsset], files: list[SeenFile], random: Random
) -> None:
    plan = plan_scan(assets, files)
    shuffled, reordered = assets[:], files[:]
    random.shuffle(shuffled)
    random.shuffle(reordered)
    assert plan_scan(shuffled, reordered) == plan


@given(known_libraries(), seen_files, prefixes)
def test_a_second_look_changes_nothing(
    assets: list[KnownAsset], files: list[SeenFile], unlisted: list[str]
) -> None:
    after = applied(assets, plan_scan(assets, files, unlisted))
    again = plan_scan(after, files, unlisted)
    assert len(again.unchanged) == len(files)
    assert again.matches == again.unchanged
    assert (*again.new, *again.duplicates, *again.missing) == ()


@given(st.permutations(PATHS))
def test_renaming_everything_makes_no_new_film(renamed: list[str]) -> None:
    contents = [f"content{number}" for number in range(len(PATHS))]
    assets = [known(f"v{n}", path, contents[n]) for n, path in enumerate(PATHS)]
    plan = plan_scan(assets, [seen(path, contents[n]) for n, path in enumerate(renamed)])
    assert (*plan.new, *plan.duplicates, *plan.missing, *plan.changed) == ()
    assert {m.asset.asset_id: m.file.path for m in plan.matches} == {
        f"v{n}": path for n, path in enumerate(renamed)
    }


@given(known_libraries(), seen_files)
def test_what_was_not_listed_is_never_missing(
    assets: list[KnownAsset], files: list[SeenFile]
) -> None:
    taken = {file.path for file in files}
    assert not plan_scan(assets, [], [""]).missing
    assert not plan_scan(assets, [], only=[]).missing
    # Another film lies at its path now, so there it is not; where it is, nobody can say.
    assert all(asset.path in taken for asset in plan_scan(assets, files, [""]).missing)


def test_a_swap_keeps_each_film_with_its_content() -> None:
    assets = [known("v1", "a.mp4", "X"), known("v2", "b.mp4", "Y")]
    plan = plan_scan(assets, [seen("a.mp4", "Y"), seen("b.mp4", "X")])
    after = applied(assets, plan)
    assert (holder(after, "a.mp4"), holder(after, "b.mp4")) == ("v2", "v1")
    assert len(plan.moved) == 2


def test_moving_over_another_film_keeps_the_mover_and_misses_the_other() -> None:
    assets = [known("v1", "a.mp4", "X"), known("v2", "b.mp4", "Y")]
    plan = plan_scan(assets, [seen("b.mp4", "X")])
    assert [match.asset.asset_id for match in plan.moved] == ["v1"]
    assert [asset.asset_id for asset in plan.missing] == ["v2"]


def test_new_content_at_a_known_path_is_the_same_film() -> None:
    plan = plan_scan([known("v1", "a.mp4", "X")], [seen("a.mp4", "Y")])
    assert [match.asset.asset_id for match in plan.changed] == ["v1"]


def test_a_copy_beside_its_original_is_a_duplicate() -> None:
    plan = plan_scan([known("v1", "a.mp4", "X")], [seen("a.mp4", "X"), seen("b.mp4", "X")])
    assert [(copy.file.path, copy.original_path) for copy in plan.duplicates] == [
        ("b.mp4", "a.mp4")
    ]


def test_of_two_new_equal_files_the_first_by_path_is_the_original() -> None:
    plan = plan_scan([], [seen("b.mp4", "X"), seen("a.mp4", "X")])
    assert [file.path for file in plan.new] == ["a.mp4"]
    assert [copy.file.path for copy in plan.duplicates] == ["b.mp4"]


def test_of_several_moved_copies_the_file_name_decides_and_then_the_oldest() -> None:
    assets = [known("v1", "a.mp4", "X"), known("v2", "b.mp4", "X"), known("v3", "c.mp4", "X")]
    plan = plan_scan(assets, [seen("y/a0.mp4", "X"), seen("y/b.mp4", "X")])
    assert {match.asset.asset_id: match.file.path for match in plan.moved} == {
        "v2": "y/b.mp4",
        "v1": "y/a0.mp4",
    }
    assert [asset.asset_id for asset in plan.missing] == ["v3"]


def test_a_missing_film_returns_at_its_path_or_another() -> None:
    for path in ("a.mp4", "x/other.mp4"):
        plan = plan_scan([known("v1", "a.mp4", "X", missing=True)], [seen(path, "X")])
        assert plan.returned == (Match(known("v1", "a.mp4", "X", missing=True), seen(path, "X")),)


def test_a_film_that_is_there_moves_before_a_missing_one_returns() -> None:
    assets = [known("v1", "old.mp4", "X", missing=True), known("v2", "a.mp4", "X")]
    plan = plan_scan(assets, [seen("new.mp4", "X")])
    assert [match.asset.asset_id for match in plan.moved] == ["v2"]


def test_a_place_with_unreadable_content_keeps_its_film() -> None:
    assets = [known("v1", "a.mp4", "X")]
    plan = plan_scan(assets, [seen("b.mp4", "X")], occupied=[OccupiedPath("a.mp4", 1)])
    assert plan.kept == tuple(assets)
    assert [copy.original_path for copy in plan.duplicates] == ["a.mp4"]


def test_a_place_with_a_file_of_another_size_gives_its_film_away_but_never_loses_it() -> None:
    assets, place = [known("v1", "a.mp4", "X")], [OccupiedPath("a.mp4", 99)]
    moved = plan_scan(assets, [seen("b.mp4", "X")], occupied=place)
    assert [match.asset.asset_id for match in moved.moved] == ["v1"]
    assert plan_scan(assets, [], occupied=place).kept == tuple(assets)


def test_a_look_at_a_part_says_nothing_about_the_rest() -> None:
    assets = [known("v1", "a.mp4", "X"), known("v2", "x/b.mp4", "Y")]
    plan = plan_scan(assets, [], only=["x"])
    assert [asset.asset_id for asset in plan.missing] == ["v2"]
    assert [asset.asset_id for asset in plan.kept] == ["v1"]


def test_a_prefix_is_a_folder_and_not_the_start_of_a_name() -> None:
    plan = plan_scan([known("v1", "xy.mp4", "X")], [], ["x"])
    assert [asset.asset_id for asset in plan.missing] == ["v1"]


def test_ten_thousand_moved_films_are_planned() -> None:
    assets = [known(f"v{n:05}", f"old/{n}.mp4", f"c{n}") for n in range(10_000)]
    plan = plan_scan(assets, [seen(f"new/{n}.mp4", f"c{n}") for n in range(10_000)])
    assert len(plan.moved) == 10_000


def test_ten_thousand_copies_of_one_film_are_planned() -> None:
    assets = [known(f"v{n:05}", f"old/{n}.mp4", "same") for n in range(10_000)]
    plan = plan_scan(assets, [seen(f"new/{n}.mp4", "same") for n in range(10_000)])
    assert len(plan.moved) == 10_000
