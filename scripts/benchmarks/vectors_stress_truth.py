"""What a search has to answer: all vectors that Postgres holds, compared one by one."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx
import numpy as np
from sqlalchemy import Engine, select, text

from rushes.artifacts.vocabulary import EmbeddingKind
from rushes.db.analysis_tables import embeddings
from rushes.vectors.space import EmbeddingSpace
from scripts.benchmarks.vectors_made import Rows
from scripts.benchmarks.vectors_stress_film import Film, vocabulary
from scripts.benchmarks.vectors_stress_films import FACES, text_space
from scripts.benchmarks.vectors_text import bundled_analyser

LIMIT: Final = 40
CLOSE: Final = 2e-5
"""Scores so close may stand in either order: they are rounded, and added up in another order."""
_ANSWERING: Final = text("embeddings.run_id in (select run_id from current_runs)")


@dataclass(frozen=True, slots=True)
class Truth:
    """Every embedding of one space that may be found."""

    artifact_ids: Sequence[str]
    rows: Rows

    @classmethod
    def of(cls, engine: Engine, space: EmbeddingSpace) -> Truth:
        """As Postgres holds them now."""
        table = embeddings.c
        query = (
            select(table.artifact_id, table.vector)
            .where(table.kind == space.kind.value, table.model == space.model)
            .where(table.model_version == space.model_version, _ANSWERING)
            .order_by(table.artifact_id)
        )
        with engine.connect() as connection:
            found = connection.execute(query).all()
        vectors = np.frombuffer(b"".join(bytes(each.vector) for each in found), "<f4")
        return cls([each.artifact_id for each in found], vectors.reshape(-1, space.dimension))

    def vector(self, artifact_id: str) -> Rows:
        """Of one of them."""
        return np.asarray(self.rows[self.artifact_ids.index(artifact_id)])

    def difference(
        self, query: Rows, hits: Sequence[Mapping[str, Any]], without: str | None = None
    ) -> str | None:
        """What is wrong with `hits`, the answer to a question for `LIMIT`; None: nothing."""
        scores = dict(zip(self.artifact_ids, (self.rows @ query).tolist(), strict=True))
        scores.pop(without or "", None)
        if len(hits) != min(LIMIT, len(scores)):
            return f"{len(hits)} hits of {len(scores)}"
        found = {each["artifact_id"]: each["score"] for each in hits}
        for artifact_id, score in found.items():
            if artifact_id not in scores:
                return f"{artifact_id} is not there"
            if abs(scores[artifact_id] - score) > CLOSE:
                return f"{artifact_id} has {score}, not {scores[artifact_id]}"
        if len(found) != len(hits):
            return "one is there twice"
        last = min(found.values(), default=-1.0)
        left_out = [
            each for each, score in scores.items() if each not in found and score > last + CLOSE
        ]
        return f"{left_out[0]} is left out, nearer than the last" if left_out else None


def differences(client: httpx.Client, engine: Engine, questions: int, seed: int) -> Iterator[str]:
    """Each question of many whose answer is not the true one; nobody writes meanwhile."""
    chance = random.Random(seed)
    texts, faces = Truth.of(engine, text_space()), Truth.of(engine, FACES)
    embed = bundled_analyser().embed_texts
    for number in range(questions):
        without: str | None = None
        if number % 3 == 0:
            truth, asked = texts, {"text": " ".join(chance.choices(vocabulary(), k=8))}
            (vector,) = embed([asked["text"]])
            query = np.frombuffer(vector or b"", "<f4")
        else:
            truth, name = (texts, "artifact_id") if number % 3 == 1 else (faces, "face")
            without = chance.choice(truth.artifact_ids)
            asked, query = {name: without}, truth.vector(without)
        kind = "face" if truth is faces else "text"
        more = {"kind": kind, "collapse": "none", "limit": str(LIMIT), "min_score": "-1"}
        answer = client.get("/v1/similar", params={**asked, **more})
        if answer.status_code != httpx.codes.OK:
            yield f"{asked}: {answer.status_code} {answer.text[:200]}"
            continue
        wrong = truth.difference(query, answer.json()["hits"], without)
        if wrong is not None:
            yield f"{asked}: {wrong}"


def standing(engine: Engine, films: Sequence[Film]) -> Iterator[str]:
    """Moments of films that were never deleted and that Postgres does not hold."""
    for space in (text_space(), FACES):
        there = set(Truth.of(engine, space).artifact_ids)
        for film in films:
            kind = EmbeddingKind(space.kind)
            yield from (each for each in film.artifacts(kind) if each not in there)
