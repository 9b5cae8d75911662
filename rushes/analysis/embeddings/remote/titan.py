"""Amazon Titan Text Embeddings v2: what it is asked, what it answers, what it can read.

https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-embed-text.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from rushes.analysis.embeddings.remote.provider import Setback, SetbackError
from rushes.analysis.embeddings.vector_cache import Floats
from rushes.artifacts.hashing import sha256_of

DIMENSIONS: Final = (256, 512, 1024)
TOKENS: Final = 8_192
"""The most that it reads; it also takes 50,000 characters at most, which are never reached."""
BYTES_A_TOKEN: Final = 3
"""How its tokens are estimated, since its tokenizer is not public.

English has four to five bytes a token. No tokenizer makes more tokens than a text has bytes, so
a text within `LIMIT` estimated tokens is within `TOKENS` real ones whatever it is.
"""
LIMIT: Final = TOKENS // BYTES_A_TOKEN
_VERSION_DIGITS: Final = 12


def count_tokens(text: str) -> int:
    """The estimated tokens of a text."""
    return -(-len(text.encode(errors="surrogatepass")) // BYTES_A_TOKEN)


def request_body(text: str, dimension: int) -> bytes:
    """What the model is asked for one text."""
    return json.dumps({"inputText": text, **_parameters(dimension)}).encode()


def vector_of(answer: bytes, dimension: int) -> Floats:
    """float32 (dimension,). SetbackError where the answer holds no such vector."""
    try:
        with np.errstate(over="ignore"):  # too large for float32: infinite, which is told below
            values = np.asarray(json.loads(answer)["embedding"], np.float64).astype(np.float32)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        values = np.zeros(0, np.float32)
    if values.shape != (dimension,) or not np.isfinite(values).all() or not values.any():
        raise SetbackError(Setback.GARBAGE, f"no vector of {dimension} values")
    return values


def titan_problem(dimension: int, limit: int) -> str | None:
    """What the model cannot do of that; None where it can."""
    if dimension not in DIMENSIONS:
        return f"dimension is {dimension}, the model gives {', '.join(map(str, DIMENSIONS))}"
    if limit > LIMIT:
        return f"limit is {limit}; more than {LIMIT} might be over the model's {TOKENS} tokens"
    return None


def titan_version(model: str, settings: Mapping[str, Any]) -> str:
    """Short hash over all that changes a vector: the model, what it is asked, how texts are put."""
    dimension = int(settings["dimension"])
    what = {"model": model, "request": _parameters(dimension), "settings": dict(settings)}
    return sha256_of(what)[:_VERSION_DIGITS]


def _parameters(dimension: int) -> dict[str, Any]:
    return {"dimensions": dimension, "normalize": True}
