from pathlib import Path

import pytest

from rushes.analysis.ocr.onnx_session import open_session


def test_a_file_that_is_no_model_is_named(tmp_path: Path) -> None:
    model = tmp_path / "broken_det.onnx"
    model.write_bytes(b"no model")
    with pytest.raises(RuntimeError, match=r"broken_det\.onnx"):
        open_session(model, 1)
