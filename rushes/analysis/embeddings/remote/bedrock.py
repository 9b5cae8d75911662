"""AWS Bedrock's InvokeModel for Titan text embeddings: one signed call a text.

Repeats are `Tries`' and `Pace`'s; botocore's own are off.
"""

from __future__ import annotations

from typing import Any, Final

from rushes.analysis.embeddings.remote.aws_loggers import quieten_aws_loggers
from rushes.analysis.embeddings.remote.bedrock_client import open_client
from rushes.analysis.embeddings.remote.bedrock_failures import failure_of
from rushes.analysis.embeddings.remote.options import RemoteOptions
from rushes.analysis.embeddings.remote.provider import Setback, SetbackError
from rushes.analysis.embeddings.remote.titan import count_tokens, request_body, vector_of
from rushes.analysis.embeddings.vector_cache import Floats
from rushes.errors import AnalysisError
from rushes.models.extras import require_extra

_MOST_BYTES: Final = 1 << 20
"""Of an answer; 1,024 values take about 20,000."""
_JSON: Final = "application/json"


class BedrockProvider:
    """Titan text embeddings of `dimension` values. Safe between threads."""

    def __init__(self, model: str, dimension: int, options: RemoteOptions) -> None:
        require_extra("bedrock", "boto3")
        quieten_aws_loggers()
        self._model = model
        self._dimension = dimension
        self._client, self._credentials = open_client(options)
        self._region: str = self._client.meta.region_name

    def __repr__(self) -> str:
        return f"BedrockProvider({self._model!r}, region={self._region!r})"

    @property
    def name(self) -> str:
        """What messages call it."""
        return "AWS Bedrock"

    @property
    def dimension(self) -> int:
        """How many values a vector has."""
        return self._dimension

    def count(self, text: str) -> int:
        """Estimated tokens, at least a third of the real ones."""
        return count_tokens(text)

    def embed(self, text: str) -> Floats:
        """float32 (dimension,). SetbackError: try again; AnalysisError: it is of no use."""
        quieten_aws_loggers()  # someone may have turned them up since
        failure: SetbackError | AnalysisError
        try:
            return vector_of(self._invoked(request_body(text, self._dimension)), self._dimension)
        except (SetbackError, AnalysisError) as error:
            failure = error
        except Exception as error:
            failure = failure_of(error, self._model, self._region)
        # Out here, so that the library's own error, which may quote the answer, is not its context.
        if isinstance(failure, SetbackError) and failure.kind is Setback.EXPIRED:
            self._credentials.renew(failure.what)
        raise failure

    def _invoked(self, body: bytes) -> bytes:
        answer: dict[str, Any] = self._client.invoke_model(
            modelId=self._model, body=body, contentType=_JSON, accept=_JSON
        )
        stream = answer["body"]
        try:
            read: bytes = stream.read(_MOST_BYTES)
        finally:
            stream.close()
        return read
