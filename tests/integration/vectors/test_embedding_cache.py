"""The cache of vectors by their exact input."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select, text
from vector_making import TEXT, vector

from rushes.db.analysis_tables import embedding_cache
from rushes.errors import InvalidRequestError
from rushes.vectors.cache import ENTRY_BYTES, EmbeddingCache, ModelUse

_ROOMY = 2**20
_ENTRY = ENTRY_BYTES + 4 * TEXT.dimension

_OTHER_PROCESS = """
import sys
from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.db.engine import make_engine
from rushes.vectors.cache import EmbeddingCache
from rushes.vectors.space import EmbeddingSpace
engine = make_engine(sys.argv[1])
space = EmbeddingSpace(EmbeddingKind.TEXT, "letters", "1", 4)
(found,) = EmbeddingCache(engine, 2**20).lookup(space, [b"shared"])
print(found.hex())
engine.dispose()
"""


@pytest.fixture
def cache(engine: Engine) -> EmbeddingCache:
    return EmbeddingCache(engine, _ROOMY)


def _entries(*numbers: int) -> list[tuple[bytes, bytes]]:
    return [(f"input {number}".encode(), vector(number)) for number in numbers]


def _inputs(*numbers: int) -> list[bytes]:
    return [f"input {number}".encode() for number in numbers]


def _aged(engine: Engine, cache: EmbeddingCache, number: int, days: float) -> None:
    """Store an entry that was last used so many days ago."""
    cache.store(TEXT, _entries(number))
    with engine.begin() as connection:
        connection.execute(
            embedding_cache.update()
            .where(embedding_cache.c.vector == vector(number))
            .values(last_used_at=datetime.now(UTC) - timedelta(days=days))
        )


def test_what_was_stored_is_found_in_the_order_asked_for(cache: EmbeddingCache) -> None:
    cache.store(TEXT, _entries(1, 2))
    asked = _inputs(2, 7, 1, 2)
    assert cache.lookup(TEXT, asked) == [vector(2), None, vector(1), vector(2)]
    assert cache.lookup(TEXT, []) == []


def test_another_model_version_or_dimension_knows_nothing_of_it(cache: EmbeddingCache) -> None:
    cache.store(TEXT, _entries(1))
    for other in (
        replace(TEXT, model="another"),
        replace(TEXT, model_version="2"),
        replace(TEXT, dimension=5),
    ):
        assert cache.lookup(other, _inputs(1)) == [None]


def test_only_the_exact_input_is_found(cache: EmbeddingCache) -> None:
    cache.store(TEXT, _entries(1))
    others = [b"input 1 ", b"input", b"", b"INPUT 1", b"input 1\0"]
    assert cache.lookup(TEXT, others) == [None] * 5


def test_a_known_input_keeps_its_first_vector(cache: EmbeddingCache) -> None:
    cache.store(TEXT, _entries(1))
    cache.store(TEXT, [(b"input 1", vector(2)), (b"input 3", vector(3)), (b"input 3", vector(3))])
    assert cache.lookup(TEXT, _inputs(1, 3)) == [vector(1), vector(3)]


def test_what_is_no_vector_is_never_kept(cache: EmbeddingCache) -> None:
    for bad in (b"", vector(1, dimension=3), bytes(16), b"\xff" * 16):
        with pytest.raises(InvalidRequestError) as raised:
            cache.store(TEXT, [*_entries(1), (b"input 2", bad)])
        assert raised.value.code == "bad_vector"
    assert cache.status().entries == 0


def test_hits_and_misses_are_counted_for_good(engine: Engine, cache: EmbeddingCache) -> None:
    cache.store(TEXT, _entries(1, 2))
    cache.lookup(TEXT, _inputs(1, 2, 3))
    EmbeddingCache(engine, _ROOMY).lookup(TEXT, _inputs(1))
    cache.lookup(replace(TEXT, model="another"), _inputs(1))
    status = cache.status()
    assert status.models == (ModelUse("another", 0, 1), ModelUse("letters", 3, 1))
    assert [use.hit_rate for use in status.models] == [0.0, 0.75]
    assert (status.entries, status.bytes, status.budget_bytes) == (2, 2 * _ENTRY, _ROOMY)


def test_the_least_recently_used_go_when_the_budget_is_passed(engine: Engine) -> None:
    cache = EmbeddingCache(engine, 10 * _ENTRY)
    for number in range(10):
        _aged(engine, cache, number, days=20 - number)
    assert cache.prune() == 0
    cache.lookup(TEXT, _inputs(0))  # the oldest is used again
    cache.store(TEXT, _entries(10))
    found = cache.lookup(TEXT, _inputs(*range(11)))
    assert [number for number in range(11) if found[number] is None] == [1, 2]
    assert cache.status().bytes <= 10 * _ENTRY


def test_a_budget_that_shrank_is_kept_at_the_next_pruning(engine: Engine) -> None:
    EmbeddingCache(engine, _ROOMY).store(TEXT, _entries(*range(20)))
    small = EmbeddingCache(engine, 5 * _ENTRY)
    assert small.prune() == 16
    assert small.status().entries == 4
    assert EmbeddingCache(engine, 0).prune() == 4


def test_without_a_budget_nothing_is_kept(engine: Engine) -> None:
    cache = EmbeddingCache(engine, 0)
    cache.store(TEXT, _entries(1))
    assert cache.lookup(TEXT, _inputs(1)) == [None]


def test_a_use_is_written_at_most_once_a_day(engine: Engine, cache: EmbeddingCache) -> None:
    _aged(engine, cache, 1, days=0.9)
    _aged(engine, cache, 2, days=1.1)
    query = select(embedding_cache.c.vector, embedding_cache.c.last_used_at)
    with engine.connect() as connection:
        before = {bytes(row.vector): row.last_used_at for row in connection.execute(query)}
    cache.lookup(TEXT, _inputs(1, 2))
    with engine.connect() as connection:
        after = {bytes(row.vector): row.last_used_at for row in connection.execute(query)}
    assert after[vector(1)] == before[vector(1)]
    assert after[vector(2)] > before[vector(2)] + timedelta(days=1)


def test_a_lookup_does_not_wait_for_an_entry_that_another_has_in_hand(
    engine: Engine, cache: EmbeddingCache
) -> None:
    _aged(engine, cache, 1, days=2)
    with engine.connect() as holding, ThreadPoolExecutor(1) as pool:
        holding.execute(text("select 1 from embedding_cache for update"))
        looking = pool.submit(cache.lookup, TEXT, _inputs(1))
        try:
            assert looking.result(timeout=30) == [vector(1)]
        finally:
            holding.rollback()


def test_many_at_once_store_look_up_and_prune_without_a_deadlock(engine: Engine) -> None:
    caches = [EmbeddingCache(engine, 30 * _ENTRY) for _ in range(4)]

    def work(number: int) -> None:
        for turn in range(15):
            wanted = [(number * 7 + turn * 3 + step * 5) % 60 for step in range(12)]
            found = caches[number].lookup(TEXT, _inputs(*wanted))
            known = [each for each in zip(wanted, found, strict=True) if each[1]]
            assert all(each == vector(which) for which, each in known)
            caches[number].store(TEXT, _entries(*wanted))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    caches[0].prune()
    status = caches[0].status()
    assert 0 < status.bytes <= 30 * _ENTRY
    assert sum(use.hits + use.misses for use in status.models) == 4 * 15 * 12
    with engine.connect() as connection:
        total = select(func.count()).select_from(embedding_cache)
        assert connection.execute(total).scalar_one() == status.entries


def test_another_process_finds_what_this_one_stored(
    database_url: str, cache: EmbeddingCache
) -> None:
    cache.store(TEXT, [(b"shared", vector(5))])
    said = subprocess.run(
        [sys.executable, "-c", _OTHER_PROCESS, database_url],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert said.stdout.strip() == vector(5).hex()
