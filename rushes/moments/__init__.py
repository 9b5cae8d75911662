"""Moments: where several things are there together, or near one another, or without another.

What a moment is, exactly. Time is counted in whole ms; a span is half-open, `[start, end)`.

- A leaf (an object, a person, a place, words said or written, a scene) is the set of time that the
  spans of its answering artifacts cover in a film.
- `any` is the union of its parts.
- `all` with `within_ms` w takes every ms at which one of its parts is there and each other part is
  there too or at most w ms away. With the parts P1..Pk, and grow(P, w) all that lies at most w ms
  from P: M = (P1 + .. + Pk) * grow(P1, w) * .. * grow(Pk, w). With w = 0 that is what they share.
- `not` N, as a part of an `all`, takes grow(N, w) away from M.
- Then stretches of M with a gap of at most w between them become one. That never reaches over what
  a `not` took away, since that is longer than w.
- A moment is one stretch of what is left at the root. Moments are in order of (capture time of the
  film, asset_id, start), undated films last.
- Evidence of a moment, for each leaf that no `not` is above: the artifacts that overlap the moment,
  or lie no farther from it than the sum of the `within_ms` above the leaf.
"""
