"""A picture that somebody sends, as pixels: whatever it claims to be, it is opened with care."""

from __future__ import annotations

import io
import warnings
from threading import Lock
from typing import Any, Final

import numpy as np

from rushes.errors import InvalidRequestError, RushesError
from rushes.media.pictures import Pixels

MAX_BYTES: Final = 32 * 2**20
MAX_PIXELS: Final = 64_000_000
"""Of a JPEG, which is read smaller than it is."""
MAX_PIXELS_IN_FULL: Final = 24_000_000
"""Of all others, which have to be opened as large as they are."""
WAIT_SECONDS: Final = 10.0
"""For other pictures that are being opened."""
LONG_SIDE: Final = 1280
"""Pixels; films are looked at no larger."""
_FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
_SIXTEEN_BITS: Final = "I;16"
_one_at_a_time = Lock()


class PicturesBusyError(RushesError):
    """Too many pictures are being opened at once."""

    code = "pictures_busy"
    http_status = 503
    retryable = True


def pixels_of(data: bytes) -> Pixels:
    """(height, width, 3) BGR, upright, its longer side at most LONG_SIDE; of several the first.

    Grey becomes colour, transparency is dropped. InvalidRequestError `not_a_picture`,
    `picture_too_large`, PicturesBusyError.
    """
    if not data:
        raise _no_picture("it is empty")
    if len(data) > MAX_BYTES:
        raise _too_large(f"{len(data)} bytes", f"{MAX_BYTES} bytes")
    if not _one_at_a_time.acquire(timeout=WAIT_SECONDS):
        raise PicturesBusyError(remedy="try again in a moment")
    try:  # so that several large ones at once do not fill the memory
        return _opened(data)
    finally:
        _one_at_a_time.release()


def _opened(data: bytes) -> Pixels:
    from PIL import Image, UnidentifiedImageError

    try:
        with _opened_file(data) as image:
            width, height = image.size
            most = MAX_PIXELS if image.format == "JPEG" else MAX_PIXELS_IN_FULL
            if width * height > most:
                raise _too_large(f"{width} x {height} pixels", f"{most:,} pixels")
            return _upright(image)
    except InvalidRequestError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(str(error), f"{MAX_PIXELS:,} pixels") from error
    except UnidentifiedImageError as error:
        raise _no_picture("it has no format that is known") from error
    except MemoryError:
        raise
    except Exception as error:  # each format has its own ways to be broken
        raise _no_picture(str(error) or type(error).__name__) from error


def _opened_file(data: bytes) -> Any:
    from PIL import Image

    with warnings.catch_warnings():  # its size is looked at here
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(io.BytesIO(data), formats=_FORMATS)


def _upright(image: Any) -> Pixels:
    from PIL import Image, ImageOps

    image.draft("RGB", (LONG_SIDE, LONG_SIDE))  # JPEG: reads no more than that takes
    image.load()
    if image.mode.startswith(_SIXTEEN_BITS):
        image = Image.fromarray((np.asarray(image, np.uint16) >> 8).astype(np.uint8))
    if image.mode not in ("RGB", "L"):
        image = image.convert("RGB")
    image.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.BOX, reducing_gap=2.0)
    shown = ImageOps.exif_transpose(image).convert("RGB")
    return np.ascontiguousarray(np.asarray(shown, np.uint8)[:, :, ::-1])


def _no_picture(why: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"what was sent cannot be read as a picture: {why}",
        code="not_a_picture",
        remedy="send the bytes of a JPEG, PNG, WebP, GIF, BMP or TIFF file, and nothing around it",
    )


def _too_large(size: str, limit: str) -> InvalidRequestError:
    return InvalidRequestError(
        f"the picture is too large: {size}",
        code="picture_too_large",
        remedy=f"make it smaller: at most {limit}",
    )
