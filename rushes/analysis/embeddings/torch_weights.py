"""Reads PyTorch weight files (.pth, .pth.tar) without PyTorch.

Such a file is a pickle, which can run any code when it is read plainly. Here only the names that
a state dict needs are known: tensors, storages and OrderedDict. Anything else is refused. Both
formats of `torch.save` are read: the archive (a zip, since 1.6) and the one before it.
"""

from __future__ import annotations

import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import mul
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from rushes.errors import AnalysisError

Weights = dict[str, NDArray[Any]]
"""Tensors by their name in the state dict."""

_LEGACY_MAGIC: Final = 0x1950A86A20F9469CFC6C
_LEGACY_PROTOCOL: Final = 1001
_LONG_BYTES: Final = 8
_TEXT_ENCODING: Final = "latin1"  # strings of Python 2, as in the weights of Places365

_TYPES: Final[Mapping[str, str]] = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "?",
}


@dataclass(frozen=True)
class _StorageType:
    name: str


@dataclass
class _Storage:
    """A flat run of values; `values` comes after the pickle in the old format."""

    dtype: np.dtype[Any]
    length: int
    values: NDArray[Any] | None = None


@dataclass(frozen=True)
class _Tensor:
    """A view of a storage: offset, shape and strides in values."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def array(self) -> NDArray[Any]:
        values = self.storage.values
        if values is None or any(n < 0 for n in (self.offset, *self.shape, *self.strides)):
            raise pickle.UnpicklingError("a tensor without its values")
        size = reduce(mul, self.shape, 1)
        if len(self.shape) != len(self.strides) or size > len(values):
            raise pickle.UnpicklingError("a tensor that is larger than its storage")
        if size == 0:
            return np.zeros(self.shape, values.dtype)
        last = sum((n - 1) * step for n, step in zip(self.shape, self.strides, strict=True))
        if self.offset + last >= len(values):
            raise pickle.UnpicklingError("a tensor that reaches beyond its storage")
        steps = [step * values.itemsize for step in self.strides]
        view = np.lib.stride_tricks.as_strided(values[self.offset :], self.shape, steps)
        return np.array(view)


def _rebuild_tensor(
    storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any
) -> _Tensor:
    if not isinstance(storage, _Storage):
        raise pickle.UnpicklingError("a tensor without a storage")
    return _Tensor(storage, int(offset), tuple(map(int, shape)), tuple(map(int, strides)))


def _rebuild_parameter(data: Any, *_: Any) -> Any:
    return data


_KNOWN: Final[Mapping[tuple[str, str], Any]] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor"): _rebuild_tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch._utils", "_rebuild_parameter"): _rebuild_parameter,
    **{("torch", name): _StorageType(name) for name in _TYPES},
}


class _RestrictedUnpickler(pickle.Unpickler):
    """Knows tensors and containers; every other name is refused."""

    def __init__(self, stream: IO[bytes], storage_of: Callable[[Any], _Storage]) -> None:
        super().__init__(stream, encoding=_TEXT_ENCODING)
        self._storage_of = storage_of

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _KNOWN[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it wants {module}.{name}") from None

    def persistent_load(self, reference: Any) -> _Storage:
        return self._storage_of(reference)


def _no_storage(reference: Any) -> _Storage:
    raise pickle.UnpicklingError("a storage where none can be")


def read_state_dict(path: Path) -> Weights:
    """The tensors of a saved state dict, also of one inside a checkpoint, by their plain names.

    A prefix `module.` of DataParallel is dropped. AnalysisError `model_corrupt` where the file is
    none, is cut short, or wants anything that is no tensor.
    """
    try:
        content = _read_archive(path) if zipfile.is_zipfile(path) else _read_legacy(path)
        return _tensors(content)
    except (
        *(pickle.UnpicklingError, zipfile.BadZipFile, struct.error, EOFError, OSError),
        *(ArithmeticError, AttributeError, LookupError, ValueError, TypeError, ImportError),
        *(RecursionError, MemoryError, NotImplementedError),
    ) as error:
        raise AnalysisError(
            f"the weights {path.name} cannot be read: {error or type(error).__name__}",
            code="model_corrupt",
            remedy=f"fetch them again, or give a state dict as torch.save writes it: {path}",
        ) from error


def _tensors(content: Any) -> Weights:
    if isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
    if not isinstance(content, dict):
        raise pickle.UnpicklingError("it holds no state dict")
    found = {
        str(name).removeprefix("module."): tensor.array()
        for name, tensor in content.items()
        if isinstance(tensor, _Tensor)
    }
    if not found:
        raise pickle.UnpicklingError("it holds no tensors")
    return found


def _storage(reference: Any, whole_bytes: int) -> tuple[str, _Storage]:
    """Key and empty storage of a reference ('storage', type, key, device, length, ...)."""
    tag, kind, key, _, length, *view = reference
    if tag != "storage" or not isinstance(kind, _StorageType) or any(view):
        raise pickle.UnpicklingError("an unknown kind of storage")
    storage = _Storage(np.dtype(_TYPES[kind.name]), int(length))
    if not 0 <= storage.length * storage.dtype.itemsize <= whole_bytes:
        raise pickle.UnpicklingError("a storage that is larger than the file")
    return str(key), storage


def _read_archive(path: Path) -> Any:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        if len(names) != 1:
            raise pickle.UnpicklingError("it is no archive of torch.save")
        root = names[0].removesuffix("data.pkl")
        kept: dict[str, _Storage] = {}

        def storage_of(reference: Any) -> _Storage:
            key, storage = _storage(reference, path.stat().st_size)
            if key not in kept:
                data = _stored(archive, f"{root}data/{key}")
                storage.values = np.frombuffer(data, storage.dtype, storage.length)
                kept[key] = storage
            return kept[key]

        with archive.open(names[0]) as stream:
            return _RestrictedUnpickler(stream, storage_of).load()


def _stored(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).compress_type != zipfile.ZIP_STORED:
        raise pickle.UnpicklingError("packed values, which torch.save never writes")
    return archive.read(name)


def _read_legacy(path: Path) -> Any:
    """Magic number, protocol, machine, object, then the keys of the storages and their values."""
    kept: dict[str, _Storage] = {}

    def storage_of(reference: Any) -> _Storage:
        key, storage = _storage(reference, path.stat().st_size)
        return kept.setdefault(key, storage)

    with path.open("rb") as stream:
        heading = [_RestrictedUnpickler(stream, _no_storage).load() for _ in range(2)]
        if heading != [_LEGACY_MAGIC, _LEGACY_PROTOCOL]:
            raise pickle.UnpicklingError("it is no file of torch.save")
        _RestrictedUnpickler(stream, _no_storage).load()
        content = _RestrictedUnpickler(stream, storage_of).load()
        for key in _RestrictedUnpickler(stream, _no_storage).load():
            _read_values(stream, kept[str(key)])
    return content


def _read_values(stream: IO[bytes], storage: _Storage) -> None:
    (length,) = struct.unpack("<q", stream.read(_LONG_BYTES))
    if length != storage.length:
        raise pickle.UnpicklingError("a storage of another length than was said")
    data = stream.read(length * storage.dtype.itemsize)
    storage.values = np.frombuffer(data, storage.dtype, length)
