"""Opens PP-OCR's models in onnxruntime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

_FATAL_ONLY = 4  # what onnxruntime would log is in the error that it raises


def open_session(model: Path, threads: int, *, arena: bool = True) -> Any:
    """An `InferenceSession` on the processor. RuntimeError where the file is no such model.

    Without an `arena` memory is given back after each run: for inputs of ever-changing size.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _FATAL_ONLY
    options.enable_cpu_mem_arena = arena
    # Threads that spin after a run take the cores from whatever runs next.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own errors share no narrower base
        raise RuntimeError(f"{model.name}: {error}") from error
