"""PyTorch's weight files, read without PyTorch and without running what they hold."""

from __future__ import annotations

import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rushes.analysis.embeddings.torch_weights import read_state_dict
from rushes.errors import AnalysisError
from tests.unit.analysis.embeddings.small_models import (
    Save,
    saved_archive,
    saved_legacy,
    state_pickle,
)

FORMATS = pytest.mark.parametrize("save", [saved_archive, saved_legacy])
TENSORS = {"conv.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 4), "b": np.ones(1, "f4")}

tensors = st.dictionaries(
    st.text(min_size=1, max_size=8),
    arrays.arrays(np.float32, arrays.array_shapes(max_dims=4, max_side=4)),
    min_size=1,
    max_size=4,
)


def corrupt(path: Path) -> str:
    with pytest.raises(AnalysisError) as caught:
        read_state_dict(path)
    assert caught.value.code == "model_corrupt"
    return str(caught.value)


@given(tensors, st.sampled_from([saved_archive, saved_legacy]))
@settings(max_examples=30)
def test_what_was_saved_is_read(saved: dict[str, np.ndarray], save: Save) -> None:
    with tempfile.TemporaryDirectory() as folder:
        read = read_state_dict(save(Path(folder) / "weights.pth", saved))
    assert list(read) == [name.removeprefix("module.") for name in saved]
    for name, values in saved.items():
        np.testing.assert_array_equal(read[name.removeprefix("module.")], values)


@FORMATS
def test_a_state_dict_inside_a_checkpoint_loses_the_prefix_of_parallel_training(
    save: Save, tmp_path: Path
) -> None:
    path = save(tmp_path / "w.pth.tar", TENSORS, prefix="module.", checkpoint=True)
    assert set(read_state_dict(path)) == set(TENSORS)


@pytest.mark.parametrize("wanted", ["os\nsystem", "builtins\neval", "torch\nload", "posix\nfork"])
def test_a_file_that_wants_to_run_something_is_refused(wanted: str, tmp_path: Path) -> None:
    trace = tmp_path / "ran"
    call = b"c" + wanted.encode() + f"\n(Vtouch {trace}\ntR.".encode()
    with zipfile.ZipFile(tmp_path / "w.pth", "w") as archive:
        archive.writestr("archive/data.pkl", call)
    assert wanted.replace("\n", ".") in corrupt(tmp_path / "w.pth")
    legacy = saved_legacy(tmp_path / "old.pth", TENSORS)
    legacy.write_bytes(legacy.read_bytes().replace(state_pickle(TENSORS), call))
    assert wanted.replace("\n", ".") in corrupt(legacy)
    assert not trace.exists()


@FORMATS
def test_a_tensor_that_reaches_beyond_its_values_is_refused(save: Save, tmp_path: Path) -> None:
    assert "beyond" in corrupt(save(tmp_path / "w.pth", TENSORS, stretch=1000))


@FORMATS
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_damaged_file_is_an_error_or_other_numbers_but_never_a_crash(
    save: Save, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = save(Path(folder) / "w.pth", TENSORS)
        content = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(0, 3))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
        with suppress(AnalysisError):  # any other error fails the test
            read_state_dict(path)


def test_packed_values_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", state_pickle(TENSORS))
        archive.writestr("archive/data/0", bytes(96))
    assert "packed" in corrupt(path)


def test_a_file_without_tensors_is_refused(tmp_path: Path) -> None:
    assert "no tensors" in corrupt(saved_archive(tmp_path / "w.pth", {}))
    (tmp_path / "text.pth").write_text("not weights at all")
    corrupt(tmp_path / "text.pth")
    corrupt(tmp_path / "missing.pth")


@pytest.mark.torch
@pytest.mark.parametrize("archive", [True, False])
def test_files_of_torch_itself_are_read(archive: bool, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    saved = {
        "turned": base.T,
        "part": base[1:3, 2:5],
        "half": base.half(),
        "count": torch.tensor(7),
        "learnt": torch.nn.Parameter(base),
    }
    path = tmp_path / "w.pth"
    torch.save(saved, path, _use_new_zipfile_serialization=archive)
    read = read_state_dict(path)
    for name, tensor in saved.items():
        np.testing.assert_array_equal(read[name], tensor.detach().numpy())
