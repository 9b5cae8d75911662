"""ONNX models on the CPU: opened once, with the project's threads, the same result every time."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rushes.errors import AnalysisError

_ERRORS_ONLY: Final = 3


class OnnxModel:
    """One opened model. `threads` 0 means all cores.

    AnalysisError `model_corrupt` where the file is no model that onnxruntime can run.
    """

    def __init__(self, path: Path, *, threads: int = 0) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or os.cpu_count() or 1
        options.inter_op_num_threads = 1
        options.use_deterministic_compute = True
        options.log_severity_level = _ERRORS_ONLY
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._name = path.name
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's own errors share no narrower base
            raise AnalysisError(
                f"{path.name} cannot be opened by onnxruntime: {_first_line(error)}",
                code="model_corrupt",
                remedy=f"fetch it again, or name another model in the profile: {path}",
            ) from error
        batch = self._session.get_inputs()[0].shape[:1] if self._session.get_inputs() else []
        self._fixed_batch = batch[0] if batch and isinstance(batch[0], int) else None
        self.inputs: tuple[str, ...] = tuple(each.name for each in self._session.get_inputs())
        self.outputs: tuple[str, ...] = tuple(each.name for each in self._session.get_outputs())

    def run(
        self, values: Mapping[str, NDArray[Any]], outputs: Sequence[str] = ()
    ) -> list[NDArray[Any]]:
        """The named outputs, all by default. AnalysisError `stage_error` where it fails."""
        unknown = set(outputs) - set(self.outputs)
        if unknown:
            raise AnalysisError(
                f"{self._name} has no output {', '.join(sorted(unknown))}, "
                f"only {', '.join(self.outputs)}",
                remedy="name one of those in the profile",
            )
        try:
            results = self._session.run(list(outputs) or None, dict(values))
        except Exception as error:  # onnxruntime's own errors share no narrower base
            raise AnalysisError(f"{self._name} failed: {_first_line(error)}") from error
        return [np.asarray(result) for result in results]

    def rows(self, rows: NDArray[Any], output: str) -> NDArray[np.float32]:
        """`output` of (n, ...) given to the first input, as float32 (n, values).

        Graphs that were saved for one size of batch get batches of that size.
        """
        size = self._fixed_batch or len(rows)
        made = []
        for start in range(0, len(rows), size):
            part = rows[start : start + size]
            filled = np.concatenate([part, np.repeat(part[-1:], size - len(part), axis=0)])
            (values,) = self.run({self.inputs[0]: filled}, [output])
            made.append(np.asarray(values, np.float32).reshape(size, -1)[: len(part)])
        return np.concatenate(made)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
