"""Vector indexes that all clients share, beside FAISS alone and beside the common way to share it.

Real text (the docstrings and documents of installed packages, by the bundled text model) and made
vectors of 384 dimensions, in a Postgres of their own; generations are built, verified and opened
as the pipeline does it.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from typing import Final

import psutil

from scripts.benchmarks import (
    vectors_freshness,
    vectors_rebuild,
    vectors_recall,
    vectors_serving,
    vectors_start,
)
from scripts.benchmarks.report import Figure, Report, print_conditions
from scripts.benchmarks.vectors_data import Data, fill, own_database, space_of
from scripts.benchmarks.vectors_made import BLOCK, DIMENSION, Rows, clustered, questions
from scripts.benchmarks.vectors_opened import Built, build, opened
from scripts.benchmarks.vectors_recall import Truth
from scripts.benchmarks.vectors_text import text_vectors

SEED: Final = 1
QUESTIONS, QUESTIONS_QUICK = 1_000, 200
TEXT, TEXT_QUICK = 1_000_000, 20_000
"""At most so many windows; all that are found are fewer."""
SIZES, SIZES_QUICK = (100_000, 1_000_000), (20_000,)
CROSSINGS, CROSSINGS_QUICK = (10_000, 20_000, 50_000, 100_000), (10_000,)
MEMORY_OF_A_VECTOR: Final = 6 * 4 * DIMENSION
"""Bytes: rows that are read and their index, the file's pages, and the same index under a lock."""


def main(quick: bool) -> Report:
    """Everything in one run, the smaller sizes first."""
    print_conditions(
        data=f"embedded Postgres; seed {SEED}; sizes {', '.join(f'{each:,}' for each in SIZES)}"
        f" x {DIMENSION}",
        live="LiveIndex.searching() and View.search, 10 nearest, 8 threads, each search"
        " after a look for news in Postgres",
        bare="index.search on the same mapped index and setting, 8 threads, no lock",
        lock="the same index in memory, one lock around search, add and, each 10 entries,"
        " write_index",
        writer="another process that commits 10 entries a second by write_embeddings; under the"
        " lock a thread that adds as many",
    )
    figures: list[Figure] = []
    with own_database() as data:
        figures += _text_figures(data, quick)
        for size in SIZES_QUICK if quick else SIZES:
            if _has_memory_for(size):
                figures += _made_figures(data, size, quick)
                gc.collect()
            else:
                print(f"note: {size:,} vectors left out: too little free memory", flush=True)
    return Report("vectors", figures)


def _text_figures(data: Data, quick: bool) -> list[Figure]:
    texts = text_vectors(TEXT_QUICK if quick else TEXT, SEED)
    print(
        f"text: {texts.windows:,} windows, {len(texts.rows):,} distinct vectors of {texts.model};"
        f" {texts.note}",
        flush=True,
    )
    held_out = QUESTIONS_QUICK if quick else QUESTIONS
    asked, rows = texts.rows[:held_out], texts.rows[held_out:]
    space = space_of("text", rows.shape[1])
    filled = fill(data.engine, space, _blocks(rows))
    print("text: made by cells, whatever the limit below which all vectors are compared")
    live = opened(build(data, filled, asked, flat_limit=0))
    return [
        Figure("distinct vectors of real text", len(texts.rows)),
        *vectors_recall.measure(live, Truth.of(_blocks(rows), asked), promised=True),
        *vectors_freshness.check(live, quick),
        *vectors_freshness.visibility(live, quick),
        *vectors_recall.crossover("text", rows, asked, CROSSINGS_QUICK if quick else CROSSINGS),
    ]


def _made_figures(data: Data, size: int, quick: bool) -> list[Figure]:
    asked = questions(QUESTIONS_QUICK if quick else QUESTIONS, SEED)
    filled = fill(data.engine, space_of(f"{size:,}", DIMENSION), clustered(size, SEED))
    built = build(data, filled, asked)
    figures = _shown(vectors_start.measure(built))
    figures += _shown(_of_live(built, size, quick))
    return figures


def _of_live(built: Built, size: int, quick: bool) -> list[Figure]:
    live = opened(built)
    truth = Truth.of(clustered(size, SEED), built.questions)
    return [
        *vectors_serving.measure(live, quick),
        *vectors_recall.measure(live, truth, promised=False),
        *vectors_rebuild.measure(live, quick),
    ]


def _has_memory_for(size: int) -> bool:
    return bool(psutil.virtual_memory().available > size * MEMORY_OF_A_VECTOR)


def _blocks(rows: Rows) -> Iterator[Rows]:
    for first in range(0, len(rows), BLOCK):
        yield rows[first : first + BLOCK]


def _shown(figures: Iterable[Figure]) -> list[Figure]:
    """As soon as they are known: the whole takes long."""
    told = list(figures)
    for each in told:
        print(each.line(), flush=True)
    return told
