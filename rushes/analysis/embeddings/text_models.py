"""Text models: windows of text to vectors, without ever cutting one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from rushes.analysis.embeddings.model_files import model_file
from rushes.analysis.embeddings.onnx_session import OnnxModel
from rushes.analysis.embeddings.remote.options import RemoteOptions
from rushes.analysis.embeddings.text_configuration import TextModelSettings
from rushes.analysis.embeddings.tokens import open_tokenizer
from rushes.analysis.embeddings.vector_cache import Floats
from rushes.errors import AnalysisError, InvalidRequestError
from rushes.models.choice import ChosenWeights

_BATCH: Final = 16
Check = Callable[[], None]


class TextModel(Protocol):
    """What turns texts into vectors."""

    def count(self, text: str) -> int:
        """How many tokens the model reads for it, start and end included."""

    def embed(self, texts: Sequence[str], check: Check | None = None) -> Floats:
        """float32 (n, dimension), not normalised. InvalidRequestError `query_too_long`.

        `check` is called now and then while it works, and ends the work by raising.
        """


class StaticTextModel:
    """The average of the table rows of a text's tokens, as wordllama and model2vec do it."""

    def __init__(self, table: Path, tokenizer: Path) -> None:
        self._tokenizer = open_tokenizer(tokenizer)
        self._table = _load_table(table)

    def count(self, text: str) -> int:
        """How many tokens it has."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def embed(self, texts: Sequence[str], check: Check | None = None) -> Floats:
        """Texts of any length; zero for one without tokens. Too quick to be checked."""
        last = len(self._table) - 1
        made = np.zeros((len(texts), self._table.shape[1]), np.float32)
        read = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        for row, tokens in zip(made, read, strict=True):
            if tokens.ids:
                row[:] = self._table[np.minimum(tokens.ids, last)].mean(axis=0, dtype=np.float32)
        return made


class OnnxTextModel:
    """A sentence transformer: tokens through a graph, then pooled."""

    def __init__(
        self, graph: Path, tokenizer: Path, settings: TextModelSettings, *, threads: int = 0
    ) -> None:
        self._settings = settings
        self._tokenizer = open_tokenizer(tokenizer)
        self._padding = self._tokenizer.token_to_id(settings.padding) or 0
        self._model = OnnxModel(graph, threads=threads)
        self._output = settings.output or self._model.outputs[0]

    def count(self, text: str) -> int:
        """How many tokens it has, start and end included."""
        return len(self._tokenizer.encode(text).ids)

    def embed(self, texts: Sequence[str], check: Check | None = None) -> Floats:
        """Texts of at most `limit` tokens. InvalidRequestError `query_too_long`."""
        rows = [self._tokens(text) for text in texts]
        made = []
        for at in range(0, len(rows), _BATCH):
            if check is not None:
                check()
            made.append(self._pooled(rows[at : at + _BATCH]))
        return np.concatenate(made) if made else np.zeros((0, self._settings.dimension), np.float32)

    def _tokens(self, text: str) -> list[int]:
        tokens: list[int] = self._tokenizer.encode(text).ids
        if len(tokens) > self._settings.limit:
            raise too_long(len(tokens), self._settings.limit)
        return tokens

    def _pooled(self, rows: list[list[int]]) -> Floats:
        ids, mask = padded(rows, self._padding)
        known = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        values = {name: known[name] for name in self._model.inputs if name in known}
        (states,) = self._model.run(values, [self._output])
        if self._settings.pooling == "none":
            return np.asarray(states, np.float32)
        if states.ndim != 3:
            raise AnalysisError(
                f"the output {self._output} has {states.ndim} dimensions, not (text, token, value)",
                remedy='set pooling = "none" or another output in the profile',
            )
        if self._settings.pooling == "first":
            return np.asarray(states[:, 0], np.float32)
        weights = mask[:, :, None].astype(np.float32)
        total = (states * weights).sum(axis=1, dtype=np.float32)
        return np.asarray(total / np.maximum(weights.sum(axis=1), 1), np.float32)


def padded(rows: Sequence[list[int]], padding: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Token rows as int64 (n, longest), and 1 where there is a token, 0 behind it."""
    width = max(map(len, rows), default=0)
    ids = np.full((len(rows), width), padding, np.int64)
    mask = np.zeros((len(rows), width), np.int64)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return ids, mask


def too_long(tokens: int, limit: int) -> InvalidRequestError:
    """Nothing is cut silently: a text that the model cannot read whole is refused."""
    return InvalidRequestError(
        f"the text has {tokens} tokens, the model reads at most {limit}",
        code="query_too_long",
        remedy="shorten it",
    )


def open_text_model(
    settings: TextModelSettings,
    chosen: ChosenWeights,
    *,
    threads: int = 0,
    remote: RemoteOptions | None = None,
) -> TextModel:
    """The model a backend opens. AnalysisError `model_corrupt` or `model_unavailable`.

    `remote` says how a model that is not on this machine is called.
    """
    if settings.backend == "bedrock":
        from rushes.analysis.embeddings.remote.text_model import open_remote_model

        return open_remote_model(settings, chosen, remote or RemoteOptions())
    tokenizer = model_file(chosen, settings.tokenizer)
    if settings.backend == "static":
        return StaticTextModel(model_file(chosen, settings.file or ".safetensors"), tokenizer)
    graph = model_file(chosen, settings.file or ".onnx")
    return OnnxTextModel(graph, tokenizer, settings, threads=threads)


def _load_table(path: Path) -> Floats:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        tables = [each for each in load_file(path).values() if each.ndim == 2]
    except (OSError, SafetensorError) as error:
        raise _no_table(path, str(error)) from error
    if len(tables) != 1:
        raise _no_table(path, f"it holds {len(tables)} tables")
    return np.ascontiguousarray(tables[0], np.float32)


def _no_table(path: Path, why: str) -> AnalysisError:
    return AnalysisError(
        f"the weights {path.name} are no table of token vectors: {why}",
        code="model_corrupt",
        remedy=f"fetch them again, or name another model in the profile: {path}",
    )
