"""A remote model as a text model: each text its own call, in order, at the service's pace."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from threading import Event

import numpy as np

from rushes.analysis.embeddings.remote.options import RemoteOptions
from rushes.analysis.embeddings.remote.pace import Pace, StoppedError
from rushes.analysis.embeddings.remote.provider import (
    EmbeddingProvider,
    ProviderUnavailableError,
    Setback,
    SetbackError,
)
from rushes.analysis.embeddings.remote.tries import Tries
from rushes.analysis.embeddings.remote.workers import in_parallel
from rushes.analysis.embeddings.text_configuration import TextModelSettings
from rushes.analysis.embeddings.vector_cache import Floats
from rushes.errors import InvalidRequestError
from rushes.models.choice import ChosenWeights


class RemoteTextModel:
    """Calls a provider. `limit`: the most estimated tokens of a text. Safe between threads."""

    def __init__(self, provider: EmbeddingProvider, limit: int, options: RemoteOptions) -> None:
        self._provider = provider
        self._limit = limit
        self._options = options
        self._pace = Pace(options.concurrency)

    def count(self, text: str) -> int:
        """How many tokens the service may read for it; too many rather than too few."""
        return self._provider.count(text)

    def embed(self, texts: Sequence[str], check: Callable[[], None] | None = None) -> Floats:
        """float32 (n, dimension); zero for a text of spaces, which is not sent.

        InvalidRequestError before any call where one is too long or no text. Without `check` it is
        a question, which waits for `question_seconds`.
        """
        for text in texts:
            self._require_readable(text)
        made = np.zeros((len(texts), self._provider.dimension), np.float32)
        asked = [number for number, text in enumerate(texts) if text.strip()]
        vectors = in_parallel(
            self._embedded,
            [texts[number] for number in asked],
            self._options.concurrency,
            check or self._question_check(),
        )
        for number, vector in zip(asked, vectors, strict=True):
            made[number] = vector
        return made

    def _embedded(self, text: str, stop: Event) -> Floats:
        """One text's vector, however often that takes."""
        tries = Tries(self._provider.name, self._options.patience_seconds)
        while True:
            with self._pace.turn(stop) as began_at:
                try:
                    vector = self._provider.embed(text)
                except SetbackError as error:
                    setback = error
                else:
                    self._pace.answered()
                    return vector
            if setback.kind is Setback.THROTTLED:
                self._pace.throttled(began_at, setback.retry_after_seconds)
            if stop.wait(tries.pause_seconds(setback)):
                raise StoppedError

    def _question_check(self) -> Callable[[], None]:
        seconds = self._options.question_seconds
        until = time.monotonic() + seconds

        def check() -> None:
            if time.monotonic() > until:
                raise ProviderUnavailableError(
                    f"{self._provider.name} gave no answer within {seconds:g} seconds",
                    remedy="ask again later",
                )

        return check

    def _require_readable(self, text: str) -> None:
        tokens = self.count(text)
        if tokens > self._limit:
            raise InvalidRequestError(
                f"the text may have {tokens} tokens, {self._limit} are sure to be read whole by "
                f"{self._provider.name}",
                code="query_too_long",
                remedy="shorten it",
            )
        if not text.isascii() and any("\ud800" <= each <= "\udfff" for each in text):
            raise InvalidRequestError("the text holds half a character", remedy="send whole UTF-8")


def open_remote_model(
    settings: TextModelSettings, chosen: ChosenWeights, options: RemoteOptions
) -> RemoteTextModel:
    """The model at its service; nothing is asked of it yet.

    AnalysisError `extra_missing`; ConfigurationError where region or address are missing or wrong.
    """
    from rushes.analysis.embeddings.remote.bedrock import BedrockProvider

    provider = BedrockProvider(chosen.identity, settings.dimension, options)
    return RemoteTextModel(provider, settings.limit, options)
