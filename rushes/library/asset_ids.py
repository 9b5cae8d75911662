"""Names of films: opaque, safe in URLs and file names, ordered by the time they were made."""

from __future__ import annotations

import secrets
from datetime import datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
_LENGTH = 16  # 80 bits
_RANDOM_BITS = 35  # beside 45 bits of milliseconds, which last beyond the year 3000


def new_asset_ids(count: int, now: datetime) -> list[str]:
    """`count` distinct ids in ascending order, such as `v1hvqg4t2k3m0x9ab`."""
    milliseconds = int(now.timestamp() * 1000)
    drawn: set[int] = set()
    while len(drawn) < count:
        drawn.add(secrets.randbits(_RANDOM_BITS))
    return [_encoded((milliseconds << _RANDOM_BITS) | number) for number in sorted(drawn)]


def _encoded(number: int) -> str:
    digits = ((number >> (5 * place)) & 31 for place in reversed(range(_LENGTH)))
    return "v" + "".join(_ALPHABET[digit] for digit in digits)
