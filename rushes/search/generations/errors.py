"""What can be refused when generations of the index are built, changed or dropped."""

from __future__ import annotations

from rushes.errors import NotFoundError, UserError


class ShadowUnderWayError(UserError):
    """A new index is being built for this library already."""

    code = "search_shadow_under_way"
    http_status = 409


class PolicyLockedError(UserError):
    """An operator has locked which index answers for this library."""

    code = "search_policy_locked"
    http_status = 409


class NothingToPromoteError(UserError):
    """No new index is being built for this library."""

    code = "search_no_shadow"
    http_status = 409


class NothingToGoBackToError(UserError):
    """No earlier index is kept for this library."""

    code = "search_no_previous"
    http_status = 409


class GenerationIncompleteError(UserError):
    """The index that is to answer lacks something that the one in use has."""

    code = "search_generation_incomplete"
    retryable = True
    http_status = 409


class GenerationInUseError(UserError):
    """The index is in use, or may be gone back to."""

    code = "search_generation_in_use"
    http_status = 409


class GenerationNotFoundError(NotFoundError):
    """There is no index generation by that name."""

    code = "search_generation_not_found"


class LibraryNotIndexedError(UserError):
    """No index answers for this library yet."""

    code = "search_library_not_indexed"
    http_status = 409
