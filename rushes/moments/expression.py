"""What is asked of time: a tree of things that are there, joined by `all`, `any` and `not`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from rushes.errors import InvalidRequestError
from rushes.navigation.kinds import Kind
from rushes.navigation.wanted import Wanted

MAX_DEPTH: Final = 8
"""Levels, the outermost and the leaf included."""
MAX_LEAVES: Final = 20
MAX_WITHIN_MS: Final = 3_600_000
"""One hour."""
MAX_TEXT: Final = 2_000


def _storable(text: str) -> str:
    kept = text.replace("\0", "").encode("utf-8", "ignore").decode().strip()
    if not kept:
        raise ValueError("nothing is named")
    return kept


Name = Annotated[str, StringConstraints(max_length=MAX_TEXT), AfterValidator(_storable)]
Confidence = Annotated[
    float | None,
    Field(ge=0, le=1, strict=True, allow_inf_nan=False, description="at least this, 0 to 1"),
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ObjectLeaf(_Part):
    """An object of that label is in the picture."""

    object: Name = Field(description="a label, such as dog")
    min_confidence: Confidence = None

    def wanted(self) -> Wanted:
        return Wanted(Kind.OBJECT, label=self.object, min_confidence=self.min_confidence)


class PersonLeaf(_Part):
    """That person's face is in the picture."""

    person: Name = Field(description="a name, or the id of a person")
    min_confidence: Confidence = None

    def wanted(self) -> Wanted:
        return Wanted(Kind.PERSON, person=self.person, min_confidence=self.min_confidence)


class PlaceLeaf(_Part):
    """It is a place of that label."""

    place: Name = Field(description="a label, such as beach")
    min_confidence: Confidence = None

    def wanted(self) -> Wanted:
        return Wanted(Kind.PLACE, label=self.place, min_confidence=self.min_confidence)


class SaidLeaf(_Part):
    """These words are said."""

    said: Name = Field(description='words, "a phrase", OR, -without')
    min_confidence: Confidence = None

    def wanted(self) -> Wanted:
        return Wanted(Kind.TRANSCRIPT, text=self.said, min_confidence=self.min_confidence)


class WrittenLeaf(_Part):
    """These words stand on screen."""

    written: Name = Field(description='words, "a phrase", OR, -without')
    min_confidence: Confidence = None

    def wanted(self) -> Wanted:
        return Wanted(Kind.OCR, text=self.written, min_confidence=self.min_confidence)


class SceneLeaf(_Part):
    """There is a scene: any."""

    scene: Literal[True]

    def wanted(self) -> Wanted:
        return Wanted(Kind.SCENE)


class AllOf(_Part):
    """Each of these is there, or at most `within_ms` away."""

    all: tuple[Node, ...] = Field(min_length=1)
    within_ms: int = Field(default=0, ge=0, le=MAX_WITHIN_MS, strict=True)


class AnyOf(_Part):
    """At least one of these is there."""

    any: tuple[Node, ...] = Field(min_length=1)


class NotOf(_Part):
    """This is not there, nor within the `within_ms` of the `all` around it."""

    not_: Node = Field(alias="not")


Leaf = ObjectLeaf | PersonLeaf | PlaceLeaf | SaidLeaf | WrittenLeaf | SceneLeaf

_PARTS: Final[dict[str, type[_Part]]] = {
    "all": AllOf,
    "any": AnyOf,
    "not": NotOf,
    "object": ObjectLeaf,
    "person": PersonLeaf,
    "place": PlaceLeaf,
    "said": SaidLeaf,
    "written": WrittenLeaf,
    "scene": SceneLeaf,
}
_KEYS: Final = ", ".join(_PARTS)


def _tag(value: Any) -> str | None:
    """The one key that says what a part is; None where there is none, or more than one."""
    if isinstance(value, _Part):
        return next(tag for tag, made in _PARTS.items() if isinstance(value, made))
    found = [key for key in _PARTS if key in value] if isinstance(value, dict) else []
    return found[0] if len(found) == 1 else None


Node = Annotated[
    Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[NotOf, Tag("not")]
    | Annotated[ObjectLeaf, Tag("object")]
    | Annotated[PersonLeaf, Tag("person")]
    | Annotated[PlaceLeaf, Tag("place")]
    | Annotated[SaidLeaf, Tag("said")]
    | Annotated[WrittenLeaf, Tag("written")]
    | Annotated[SceneLeaf, Tag("scene")],
    Discriminator(
        _tag,
        custom_error_type="no_part",
        custom_error_message=f"a part is an object with exactly one of {_KEYS}",
    ),
]

for _each in (AllOf, AnyOf, NotOf):
    _each.model_rebuild()


def _checked(value: Any, validate: ValidatorFunctionWrapHandler) -> Node:
    _check_size(value)
    try:
        node: Node = validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        _refuse(_place_of(first["loc"]), first["msg"])
    _check_nots(node, "expression", is_in_all=False)
    return node


Expression = Annotated[Node, WrapValidator(_checked)]
"""A whole tree. InvalidRequestError `bad_expression`, `nothing_positive`, each with the place."""


class Asking(BaseModel):
    """A holder of one expression, for what reads it from JSON or from Python objects."""

    model_config = ConfigDict(frozen=True)

    expression: Expression

    @classmethod
    def of(cls, value: object) -> Self:
        """Checked; InvalidRequestError names the place of what is wrong."""
        return cls.model_validate({"expression": value})


def _check_size(value: Any) -> None:
    """Depth and number of leaves, before anything goes down into the tree."""
    leaves = 0
    waiting = [(value, "expression", 1)]
    while waiting:
        part, place, depth = waiting.pop()
        if depth > MAX_DEPTH:
            _refuse(place, f"it is nested deeper than {MAX_DEPTH} levels", "nest it less deeply")
        inner = list(_inner(part, place))
        leaves += not inner
        if leaves > MAX_LEAVES:
            _refuse("expression", f"more than {MAX_LEAVES} things are named", "ask for fewer")
        waiting += [(each, where, depth + 1) for each, where in inner]


def _inner(part: Any, place: str) -> Iterator[tuple[Any, str]]:
    """The parts of a part that was not checked, with their places."""
    if isinstance(part, AllOf | AnyOf | NotOf):
        part = {_tag(part): getattr(part, "not_" if isinstance(part, NotOf) else str(_tag(part)))}
    if not isinstance(part, dict):
        return
    for key in ("all", "any"):
        if isinstance(part.get(key), list | tuple):
            yield from ((each, f"{place}.{key}[{at}]") for at, each in enumerate(part[key]))
    if "not" in part:
        yield part["not"], f"{place}.not"


def _check_nots(node: Node, place: str, *, is_in_all: bool) -> None:
    """A `not` stands beside something that has to be there: else it were nearly all of time."""
    if isinstance(node, NotOf) and not is_in_all:
        _nothing_positive(place)
    if isinstance(node, AllOf) and all(isinstance(each, NotOf) for each in node.all):
        _nothing_positive(place)
    for each, where in _inner(node, place):
        _check_nots(each, where, is_in_all=isinstance(node, AllOf))


def _place_of(location: tuple[int | str, ...]) -> str:
    """`("all", "all", 1, "object", "object")`, tags and fields in turn, as `all[1].object`."""
    place, last = "expression", ""
    for each in location:
        if isinstance(each, int):
            place += f"[{each}]"
        elif each != last:
            place += f".{each}"
        last = "" if each == last else str(each)
    return place


def _nothing_positive(place: str) -> None:
    raise InvalidRequestError(
        f"{place}: nothing here has to be there",
        code="nothing_positive",
        remedy="put the `not` into an `all`, beside something that is there, such as a scene",
    )


def _refuse(place: str, why: str, remedy: str | None = None) -> Any:
    raise InvalidRequestError(f"{place}: {why}", code="bad_expression", remedy=remedy) from None
