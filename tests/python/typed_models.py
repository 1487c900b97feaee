"""Start events of every kind that Pydantic can describe, each behind a workflow that gives back what it was started with.

The typed client of ``codegen/`` is generated from the schemas that a real server makes of these, and starts them.
"""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import uuid
from typing import Annotated, Any, Literal, Optional, Union

from pydantic import BaseModel, ConfigDict, Field
from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class Echo(StopEvent):
    """What the run was started with."""

    start: dict[str, Any] = Field(description="The start event, as the server understood it")


class Scalars(StartEvent):
    """One field of every plain kind."""

    text: str
    whole: int
    real: float
    yes: bool
    nothing: None = None


class Defaults(StartEvent):
    """Nothing has to be given."""

    text: str = "hello"
    whole: int = 7
    real: float = 0.5
    yes: bool = True
    words: list[str] = ["a", "b"]
    table: dict[str, int] = {"one": 1}


class Nullable(StartEvent):
    must: Optional[str]
    may: Optional[int] = None
    either: Union[int, str, None] = None


class Bounds(StartEvent):
    """Bounds, lengths and patterns are the server's to check."""

    count: int = Field(ge=1, le=10)
    ratio: float = Field(gt=0, lt=1)
    code: str = Field(pattern=r"^[A-Z]{3}-\d+$", min_length=5, max_length=20)
    few: list[int] = Field(min_length=1, max_length=3)
    step: int = Field(default=5, multiple_of=5)


class Formats(StartEvent):
    day: dt.date
    moment: dt.datetime
    clock: dt.time
    span: dt.timedelta
    ident: uuid.UUID
    money: decimal.Decimal


class Colour(str, enum.Enum):
    """The colours that we have."""

    RED = "red"
    DARK_BLUE = "dark blue"
    SELF = "self"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Enums(StartEvent):
    colour: Colour
    level: Level = Level.LOW
    mode: Literal["fast", "slow"] = "fast"
    only: Literal["this"] = "this"
    number: Literal[1, 2, 3] = 1
    mixed: Literal["auto", 0, None] = "auto"


class Address(BaseModel):
    """Where somebody lives."""

    street: str
    city: str = "Berlin"


class Person(BaseModel):
    name: str
    home: Address
    other: list[Address] = []


class Nested(StartEvent):
    person: Person
    spare: Optional[Address] = None


class Node(BaseModel):
    """A tree."""

    label: str
    children: list[Node] = []
    parent: Optional[Node] = None


class Recursive(StartEvent):
    root: Node


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    name: str


class Tagged(StartEvent):
    pet: Annotated[Union[Cat, Dog], Field(discriminator="kind")]
    pets: list[Annotated[Union[Cat, Dog], Field(discriminator="kind")]] = []


class Untagged(StartEvent):
    pet: Union[Address, Person]
    scalar: Union[int, str, list[int]]


class Maps(StartEvent):
    counts: dict[str, int]
    people: dict[str, Person] = {}
    deep: dict[str, dict[str, list[float]]] = {}
    anything: dict[str, Any] = {}


class Lists(StartEvent):
    matrix: list[list[float]]
    unique: set[str]
    pair: tuple[int, str]
    many: tuple[int, ...] = ()


class Anything(StartEvent):
    value: Any
    maybe: Any = None
    listed: list = []
    mapped: dict = {}


class Keywords(StartEvent):
    """Names that Rust keeps for itself."""

    type: str
    match: int = 1
    crate: str = "me"
    fn: bool = False
    camelCase: str = "y"


class Described(StartEvent):
    """A start event.

    With a second paragraph, a `code` and a [link](https://example.com).
    """

    model_config = ConfigDict(title="Described start")

    subject: str = Field(title="Subject line", description="What it is about.\n\nIt may have */ odd \"text\".", examples=["x"])


class Closed(StartEvent):
    """No other keys."""

    model_config = ConfigDict(extra="forbid")

    only: str


class Extra(StartEvent):
    """Any other keys."""

    model_config = ConfigDict(extra="allow")

    one: int


class Empty(StartEvent):
    """Nothing at all."""


class Big(StartEvent):
    """Integers beyond what a float can hold."""

    big: int
    negative: int = -9007199254740993


class Base(BaseModel):
    ident: int


class Derived(Base):
    name: str


class Inherited(StartEvent):
    item: Derived
    more: list[Base] = []


class Unicode(StartEvent):
    größe: int
    名前: str = "x"
    emoji: Literal["🙂", "ok"] = "ok"


class SameName(StartEvent):
    """Its field's class is called like a class of Rust."""

    class Option(BaseModel):
        string: str

    class String(BaseModel):
        vec: list[str]

    option: Option
    text: String


class Noted(Base):
    note: Optional[str] = None


class Overlapping(StartEvent):
    """A value can be of more than one of a union's types."""

    word: Union[Literal["a", "b"], str]
    colour: Union[str, Colour] = "none"
    day: Union[dt.date, str]
    ident: Union[uuid.UUID, str, int]
    number: Union[float, int]
    item: Union[Base, Noted]
    model: Union[Address, dict[str, Any]]
    several: list[Union[dict[str, Any], Address]] = []


class Symbols(StartEvent):
    """Words that make no distinct names."""

    op: Literal["+", "-"]
    direction: Literal["asc", "ASC"] = "asc"


class Keys(StartEvent):
    days: dict[dt.date, float]
    idents: dict[uuid.UUID, int]
    codes: dict[Annotated[str, Field(pattern=r"^[A-Z]+$")], int]
    colours: dict[Colour, int] = {}
    levels: dict[Level, int] = {}
    words: dict[Literal["a", "b"], int] = {}
    symbols: dict[Literal["+", "-"], int] = {}


class Clashing(StartEvent):
    """Names that are the same in Rust."""

    model_config = ConfigDict(extra="allow")

    userId: int = 1
    user_id: str
    extra: Optional[Literal["no", "yes"]] = None


STARTS = [
    Scalars, Defaults, Nullable, Bounds, Formats, Enums, Nested, Recursive, Tagged, Untagged, Maps, Lists, Anything,
    Keywords, Described, Closed, Extra, Empty, Big, Inherited, Unicode, SameName, Overlapping,
    Symbols, Keys, Clashing,
]  # fmt: skip


def echo(start: type[StartEvent]) -> Workflow:
    """A workflow that is started with ``start`` and ends with it."""

    class EchoWorkflow(Workflow):
        @step
        async def give_back(self, ctx: Context, ev: start) -> Echo:  # type: ignore[valid-type]
            fields = ev.model_dump(mode="json")
            # Keys that the class doesn't declare.
            fields |= fields.pop("_data", {})
            return Echo(start=fields)

    # The step's annotation is a name of this function, which nobody else can look up.
    EchoWorkflow.__name__ = f"{start.__name__}Echo"
    return EchoWorkflow(timeout=60)
