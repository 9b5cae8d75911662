"""The text of a caption file, whichever editor of the last thirty years wrote it."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Final

from rushes.captions.errors import bad_captions

_FALLBACK: Final = "cp1252"
_MARKS: Final = (  # that of UTF-32 begins like that of UTF-16
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class DecodedText:
    """Text whose lines end in LF; `note` tells where the encoding had to be guessed."""

    text: str
    encoding: str
    note: str | None = None


def decoded(data: bytes, name: str) -> DecodedText:
    """UTF-8, or UTF-16 by its mark or its zeros; else Windows-1252, which the note then tells.

    InvalidRequestError `bad_captions` names the file and the line that is no text.
    """
    encoding = _told_encoding(data)
    if encoding is not None:
        return DecodedText(_text(data, encoding, name), encoding)
    try:
        return DecodedText(_text(data, "utf-8", name), "utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        note = f"{name} is not UTF-8 (line {line}) and was read as Windows-1252"
        return DecodedText(_text(data, _FALLBACK, name), _FALLBACK, note)


def _told_encoding(data: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    if len(data) > 1 and (data[0] == 0) != (data[1] == 0):  # one of the two is a digit or a `W`
        return "utf-16-be" if data[0] == 0 else "utf-16-le"
    return None


def _text(data: bytes, encoding: str, name: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8":
            raise
        line = data.count(b"\n", 0, error.start) + 1
        raise bad_captions(name, f"not text in {encoding}", line) from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if (position := text.find("\0")) >= 0:
        raise bad_captions(name, "not text but binary data", text.count("\n", 0, position) + 1)
    return text
