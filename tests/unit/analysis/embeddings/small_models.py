"""Tiny models and films with known answers, so that no test needs weights from elsewhere."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper, save_model
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from rushes.analysis.protocol import FilmMedia
from rushes.artifacts.envelope import ArtifactEnvelope
from rushes.artifacts.vocabulary import ArtifactType, ModelProfile
from rushes.media.cache import CachedMedia
from rushes.media.locking import share
from rushes.media.manifest import MediaPassConfig, MediaPassManifest, SampledFrameEntry
from rushes.models.catalogue import Catalogue
from rushes.settings import Settings
from rushes.vectors.space import EmbeddingSpace

RED, GREEN, BLUE, BLACK = (0, 0, 255), (0, 255, 0), (255, 0, 0), (0, 0, 0)
"""As OpenCV has them: blue, green, red."""
WORDS = ("[PAD]", "[CLS]", "[SEP]", "[UNK]", "red", "green", "blue", "and")
PLAIN = {"resize": 32, "crop": 32, "mean": [0.0, 0.0, 0.0], "std": [1.0, 1.0, 1.0]}


def plain(colour: tuple[int, int, int], width: int = 64, height: int = 36) -> NDArray[np.uint8]:
    """A picture of one colour."""
    return np.full((height, width, 3), colour, np.uint8)


def film_of(
    folder: Path,
    pictures: Sequence[NDArray[np.uint8]] = (),
    earlier: Sequence[ArtifactEnvelope] = (),
) -> FilmMedia:
    """A film of one picture a second, and what earlier stages found in it."""
    (folder / "frames").mkdir(parents=True, exist_ok=True)
    entries = []
    for number, pixels in enumerate(pictures):
        name = f"frames/{number:09d}.jpg"
        cv2.imwrite(str(folder / name), pixels)
        entries.append(
            SampledFrameEntry(
                file=name,
                frame_number=25 * number,
                time_ms=1000 * number,
                end_ms=1000 * (number + 1),
                width=pixels.shape[1],
                height=pixels.shape[0],
            )
        )
    manifest = MediaPassManifest(
        config=MediaPassConfig(),
        width=64,
        height=36,
        rotation=0,
        frame_rate="25",
        frame_count=max(1, 25 * len(pictures)),
        duration_ms=max(1, 1000 * len(pictures)),
        frames=tuple(entries),
    )
    (folder / "manifest.json").write_text(manifest.model_dump_json())

    def opened() -> CachedMedia:
        use = share(folder / "manifest.json")
        assert use is not None
        return CachedMedia(folder, manifest, use)

    def found(kind: ArtifactType) -> list[ArtifactEnvelope]:
        return [each for each in earlier if each.artifact_type is kind]

    return FilmMedia("film", "00" * 32, folder / "film.mp4", opened, found)


def artifact(
    kind: ArtifactType, start_ms: int, end_ms: int, payload: dict[str, Any]
) -> ArtifactEnvelope:
    """What an earlier stage found."""
    return ArtifactEnvelope(
        artifact_id=f"{kind}-{start_ms}-{end_ms}",
        asset_id="film",
        artifact_type=kind,
        schema_version=1,
        span_start_ms=start_ms,
        span_end_ms=end_ms,
        payload=payload,
        producer="test",
        producer_version="1",
        model_profile=ModelProfile.FAST,
        config_hash="c",
        input_hash="i",
        run_id="r",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def graph(
    path: Path,
    nodes: Sequence[Any],
    inputs: Mapping[str, tuple[int, Sequence[Any]]],
    output: tuple[str, Sequence[Any]],
    constants: Mapping[str, NDArray[Any]],
) -> Path:
    """An ONNX file; inputs and output by name with type and shape."""
    made = helper.make_graph(
        list(nodes),
        "small",
        [helper.make_tensor_value_info(n, kind, shape) for n, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info(output[0], TensorProto.FLOAT, output[1])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    opset = [helper.make_opsetid("", 17)]
    path.parent.mkdir(parents=True, exist_ok=True)
    save_model(helper.make_model(made, opset_imports=opset, ir_version=9), str(path))
    return path


def colour_model(
    path: Path, weights: NDArray[np.float32] | None = None, *, batch: int | str = "n"
) -> Path:
    """Mean red, green and blue of a picture through `weights` (3, n); by default themselves."""
    table = np.eye(3, dtype=np.float32) if weights is None else weights
    nodes = [
        helper.make_node("GlobalAveragePool", ["pixels"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["answer"]),
    ]
    pixels = (TensorProto.FLOAT, [batch, 3, 32, 32])
    answer = ("answer", [batch, table.shape[1]])
    return graph(path, nodes, {"pixels": pixels}, answer, {"weights": table})


def word_table() -> NDArray[np.float32]:
    """A row a word: red, green and blue point along their axes, `and` between them."""
    table = np.zeros((len(WORDS), 3), np.float32)
    table[4:7] = np.eye(3)
    table[7] = 0.1
    return table


def word_model(path: Path, *, pooled: bool = False) -> Path:
    """Token vectors (n, tokens, 3) or, `pooled`, their sum (n, 3)."""
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["states"])]
    ids = (TensorProto.INT64, ["n", "tokens"])
    output: tuple[str, Sequence[Any]] = ("states", ["n", "tokens", 3])
    constants: dict[str, NDArray[Any]] = {"table": word_table()}
    if pooled:
        nodes.append(helper.make_node("ReduceSum", ["states", "axes"], ["sum"], keepdims=0))
        constants["axes"] = np.array([1], np.int64)
        output = ("sum", ["n", 3])
    return graph(path, nodes, {"input_ids": ids}, output, constants)


def word_tokenizer(path: Path) -> Path:
    """Words at spaces, [CLS] and [SEP] around them; it says to cut and fill at 4 tokens."""
    numbers = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(numbers, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=4)
    path.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path))
    return path


def own_models(folder: Path) -> tuple[Settings, Catalogue]:
    """Settings on one thread whose data lies in `folder`, and the catalogue."""
    settings = Settings(data_dir=folder / "data", cpu_threads=1)
    return settings, Catalogue(settings)


class KeptVectors:
    """A vector cache in memory that counts what it is asked."""

    def __init__(self) -> None:
        self.kept: dict[tuple[EmbeddingSpace, bytes], bytes] = {}
        self.asked = 0

    def lookup(self, space: EmbeddingSpace, inputs: Sequence[bytes]) -> list[bytes | None]:
        self.asked += len(inputs)
        return [self.kept.get((space, each)) for each in inputs]

    def store(self, space: EmbeddingSpace, entries: Sequence[tuple[bytes, bytes]]) -> None:
        self.kept.update({(space, data): vector for data, vector in entries})


Save = Callable[..., Path]
"""`saved_legacy` or `saved_archive`."""


def saved_legacy(path: Path, tensors: Mapping[str, NDArray[np.float32]], **around: Any) -> Path:
    """A file as torch.save wrote it before 1.6, of float tensors."""
    parts = [_plain(0x1950A86A20F9469CFC6C), _plain(1001), b"\x80\x02}."]
    parts.append(state_pickle(tensors, **around))
    keys = b"".join(_text(str(number)) for number in range(len(tensors)))
    parts.append(b"\x80\x02](" + keys + b"e.")
    for values in tensors.values():
        parts += [struct.pack("<q", values.size), values.astype("<f4").tobytes()]
    path.write_bytes(b"".join(parts))
    return path


def saved_archive(path: Path, tensors: Mapping[str, NDArray[np.float32]], **around: Any) -> Path:
    """A file as torch.save writes it today, of float tensors."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", state_pickle(tensors, **around))
        for number, values in enumerate(tensors.values()):
            archive.writestr(f"archive/data/{number}", values.astype("<f4").tobytes())
    return path


def state_pickle(
    tensors: Mapping[str, NDArray[np.float32]],
    *,
    prefix: str = "",
    checkpoint: bool = False,
    stretch: int = 1,
) -> bytes:
    """A pickled state dict; `stretch` multiplies the strides, which makes it wrong."""
    body = b"}"
    for number, (name, values) in enumerate(tensors.items()):
        reference = _text("storage") + b"ctorch\nFloatStorage\n" + _text(str(number))
        reference += _text("cpu") + _number(values.size)
        strides = [stretch * step // values.itemsize for step in values.strides]
        arguments = b"((" + reference + b"tQ" + _number(0) + _numbers(values.shape)
        arguments += _numbers(strides) + b"\x89}t"
        body += _text(prefix + name) + b"ctorch._utils\n_rebuild_tensor_v2\n" + arguments + b"Rs"
    if checkpoint:
        body = b"}" + _text("epoch") + _number(9) + b"s" + _text("state_dict") + body + b"s"
    return b"\x80\x02" + body + b"."


def _plain(value: int) -> bytes:
    return b"\x80\x02" + _number(value) + b"."


def _text(value: str) -> bytes:
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def _number(value: int) -> bytes:
    return b"L%dL\n" % value


def _numbers(values: Sequence[int]) -> bytes:
    return b"(" + b"".join(map(_number, values)) + b"t"
