"""Start events of every kind that a form can meet, each behind a workflow that gives back what it was started with.

The forms of ``inspector/`` are held against the schemas that a real server makes of these, and what they produce is sent there.
What a schema doesn't tell has examples: the tests' inputs are made of the schemas, and nothing there makes a text of a pattern.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import ipaddress
import pathlib
import uuid
from typing import Annotated, Any, Generic, Literal, NamedTuple, Optional, TypeVar, Union

from pydantic import (
    AnyUrl,
    AwareDatetime,
    Base64Str,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    FutureDate,
    HttpUrl,
    JsonValue,
    NaiveDatetime,
    NegativeInt,
    NonNegativeFloat,
    PastDate,
    PositiveInt,
    RootModel,
    SecretStr,
    StrictBool,
    StrictInt,
    StrictStr,
    Tag,
    UUID4,
)
from typing_extensions import NotRequired, TypedDict
from workflows.events import StartEvent


class Mood(str, enum.Enum):
    HAPPY = "happy"
    SAD = "sad"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Weight(enum.Enum):
    LIGHT = 0.5
    NONE = None
    NAMED = "named"


class Address(BaseModel):
    """Where somebody lives."""

    street: str = Field(min_length=1)
    number: int = Field(ge=1)
    country: str = "NO"


class Person(BaseModel):
    name: str
    home: Address
    others: list[Address] = []


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")

    only: int


class Node(BaseModel):
    label: str
    children: list[Node] = []


class Ping(BaseModel):
    pong: Optional[Pong] = None


class Pong(BaseModel):
    ping: Optional[Ping] = None
    count: int = 0


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    lives: int = Field(9, ge=1, le=9)


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    tricks: list[str] = []


class Fish(BaseModel):
    kind: Literal["fish", "shark"]
    litres: float = Field(gt=0)


class Circle(BaseModel):
    radius: float = Field(gt=0)


class Square(BaseModel):
    side: float = Field(gt=0)


class Movie(TypedDict):
    title: str
    year: NotRequired[int]


class Point(NamedTuple):
    x: int
    y: int = 0


@dataclasses.dataclass
class Box:
    width: int
    height: int = 1
    label: Optional[str] = None


T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    items: list[T]
    total: int = Field(ge=0)


class Celsius(RootModel[float]):
    pass


class Words(RootModel[list[str]]):
    pass


class Settings(RootModel[dict[str, int]]):
    pass


# Texts


class PlainText(StartEvent):
    text: str


class TextWithDefault(StartEvent):
    text: str = "hello"
    empty: str = ""
    lines: str = "one\ntwo"


class BoundedText(StartEvent):
    short: str = Field(max_length=3)
    long: str = Field(min_length=4)
    exact: str = Field(min_length=2, max_length=2)


class PatternText(StartEvent):
    code: str = Field(pattern=r"^[A-Z]{3}-\d+$", examples=["ABC-1", "XYZ-42"])
    anywhere: str = Field(pattern="b+", examples=["abba"])


class PatternOfPythonOnly(StartEvent):
    """Browsers have no named groups of this kind: the server judges."""

    word: str = Field(pattern=r"^(?P<first>[a-z]+)$", examples=["abc"])


class OptionalText(StartEvent):
    may: Optional[str] = None
    must: Optional[str]
    bounded: Optional[Annotated[str, Field(min_length=2)]] = None


class SecretText(StartEvent):
    secret: SecretStr
    strict: StrictStr = "s"


class Described(StartEvent):
    """A class with words of its own."""

    text: str = Field(title="The <b>text</b>", description="What it is for", examples=["a", "b"])
    old: str = Field("old", deprecated=True)


# Numbers


class Whole(StartEvent):
    number: int


class BoundedWhole(StartEvent):
    count: int = Field(ge=1, le=10)
    above: int = Field(gt=0)
    below: int = Field(lt=0)


class SteppedWhole(StartEvent):
    five: int = Field(5, multiple_of=5)
    even: int = Field(ge=0, le=8, multiple_of=2)


class ConstrainedWhole(StartEvent):
    positive: PositiveInt
    negative: NegativeInt = -1
    strict: StrictInt = 0


class HugeWhole(StartEvent):
    huge: int = Field(ge=9_007_199_254_740_993)


class Real(StartEvent):
    number: float


class BoundedReal(StartEvent):
    ratio: float = Field(ge=0, le=1)
    open: float = Field(gt=0, lt=1)
    not_negative: NonNegativeFloat = 0.0


class SteppedReal(StartEvent):
    half: float = Field(multiple_of=0.5)


class Money(StartEvent):
    price: decimal.Decimal = Field(examples=[1, "2.50", -0.125])
    bounded: decimal.Decimal = Field(
        decimal.Decimal("1.50"), ge=0, max_digits=6, decimal_places=2, examples=[1.25, "99.5"]
    )


class OptionalNumbers(StartEvent):
    whole: Optional[int] = None
    real: Optional[float]
    bounded: Optional[Annotated[int, Field(ge=1, le=3)]] = 2


# Choices


class Flags(StartEvent):
    must: bool
    may: bool = True
    tri: Optional[bool] = None
    strict: StrictBool = False


class Enums(StartEvent):
    mood: Mood
    level: Level = Level.LOW
    weight: Weight
    maybe: Optional[Mood] = None


class Literals(StartEvent):
    text: Literal["a", "b"]
    number: Literal[1, 2, 3] = 2
    mixed: Literal["auto", 0, True, None]
    only: Literal["this"] = "this"
    required_only: Literal["that"]


class EnumLists(StartEvent):
    moods: list[Mood] = Field(min_length=1)
    by_mood: dict[str, Level] = {}


class Nothing(StartEvent):
    nothing: None
    perhaps: None = None


# Dates and other formats


class Dates(StartEvent):
    day: dt.date
    moment: dt.datetime
    clock: dt.time
    span: dt.timedelta = dt.timedelta(minutes=5)


class OptionalDates(StartEvent):
    day: Optional[dt.date] = None
    moment: Optional[dt.datetime]


class AwareAndNaive(StartEvent):
    aware: AwareDatetime = Field(examples=["2026-11-20T12:30:00+01:00"])
    naive: NaiveDatetime = Field(examples=["2026-11-20T12:30:00"])


class PastAndFuture(StartEvent):
    past: PastDate = Field(examples=["2020-02-29"])
    future: FutureDate = Field(dt.date(2999, 1, 1), examples=["2999-12-31"])


class Identifiers(StartEvent):
    any: uuid.UUID
    fourth: UUID4 = uuid.UUID("5b5ee5b5-2f7c-4d2a-9d0c-1c1f5dfb7a11")


class Addresses(StartEvent):
    web: HttpUrl
    any: AnyUrl = AnyUrl("ftp://example.com/")
    host: ipaddress.IPv4Address = ipaddress.IPv4Address("127.0.0.1")
    path: pathlib.Path = pathlib.Path("/tmp")


class Bytes(StartEvent):
    raw: bytes
    encoded: Base64Str = "aGVsbG8="


# Objects


class Nested(StartEvent):
    person: Person


class NestedOptional(StartEvent):
    home: Optional[Address] = None
    must: Optional[Address]


class NestedDefault(StartEvent):
    home: Address = Address(street="Main", number=1)


class Defaults(StartEvent):
    """Defaults of fields that hold fields, and of unions whose later branches describe them best."""

    tags: list[str] = ["red", "green"]
    counts: dict[str, int] = {"a": 1}
    home: Address = Address(street="Main", number=1)
    mood: Union[str, Mood] = Mood.SAD
    due: Union[int, dt.datetime, dt.date] = dt.date(2026, 11, 20)


class NestedStrict(StartEvent):
    strict: Strict
    maybe: Optional[Strict] = None


class DeeplyNested(StartEvent):
    class A(BaseModel):
        class B(BaseModel):
            class C(BaseModel):
                deep: int = Field(ge=0)

            c: C

        b: B
        text: str = ""

    a: A


class Recursive(StartEvent):
    root: Node


class Mutual(StartEvent):
    ping: Ping


class TypedDicts(StartEvent):
    movie: Movie
    movies: list[Movie] = []


class DataClass(StartEvent):
    box: Box


class GenericPages(StartEvent):
    numbers: Page[int]
    addresses: Optional[Page[Address]] = None


class Roots(StartEvent):
    celsius: Celsius
    words: Words = Words(["a"])
    settings: Settings


class Aliased(StartEvent):
    """Aliases of an event's own fields never arrive: llama-index-workflows 2.26 drops what its own schema asks for."""

    class Mail(BaseModel):
        from_: str = Field(alias="from")
        odd: int = Field(1, alias="a/b~c#d")

    mail: Mail


class Closed(StartEvent):
    model_config = ConfigDict(extra="forbid")

    known: int
    more: str = ""


class OpenObject(StartEvent):
    class Free(BaseModel):
        model_config = ConfigDict(extra="allow")

        known: int = 1

    free: Free


# Lists


class Lists(StartEvent):
    texts: list[str]
    numbers: list[int] = [1, 2]
    nested: list[list[int]] = []


class BoundedLists(StartEvent):
    some: list[int] = Field(min_length=1, max_length=3)
    two: list[Annotated[str, Field(min_length=1)]] = Field(min_length=2, max_length=2)


class OptionalLists(StartEvent):
    maybe: Optional[list[int]] = None
    holes: list[Optional[int]]


class Tuples(StartEvent):
    pair: tuple[int, str]
    many: tuple[int, ...] = ()
    point: Point


class Sets(StartEvent):
    unique: set[int]
    frozen: frozenset[str] = frozenset()


class ListOfModels(StartEvent):
    people: list[Person] = Field(min_length=1)


class ListOfUnions(StartEvent):
    things: list[Union[int, str, Address]]


# Maps


class Maps(StartEvent):
    counts: dict[str, int]
    texts: dict[str, str] = {"a": "b"}


class BoundedMaps(StartEvent):
    some: dict[str, int] = Field(min_length=1, max_length=2)
    maybe: Optional[dict[str, float]] = None


class MapsOfModels(StartEvent):
    homes: dict[str, Address]
    lists: dict[str, list[int]] = {}
    maps: dict[str, dict[str, bool]] = {}


class KeyedMaps(StartEvent):
    by_number: dict[int, str] = Field({}, examples=[{"1": "a", "-2": ""}])
    by_mood: dict[Mood, int] = {}


# Unions


class PlainUnions(StartEvent):
    either: Union[int, str]
    three: Union[bool, float, list[int]] = True
    maybe: Union[int, str, None] = None


class ModelUnions(StartEvent):
    shape: Union[Circle, Square]
    maybe: Union[Circle, Square, None] = None


class TaggedUnions(StartEvent):
    pet: Annotated[Union[Cat, Dog, Fish], Field(discriminator="kind")]
    pets: list[Annotated[Union[Cat, Dog], Field(discriminator="kind")]] = []


def shape_of(value: Any) -> str:
    given = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    return "circle" if "radius" in given else "square"


class CallableTags(StartEvent):
    shape: Annotated[
        Union[Annotated[Circle, Tag("circle")], Annotated[Square, Tag("square")]], Discriminator(shape_of)
    ]


class NestedUnions(StartEvent):
    deep: Union[Union[int, list[int]], dict[str, Union[int, Address]]]


class UnionsWithBounds(StartEvent):
    value: Union[Annotated[int, Field(ge=10)], Annotated[str, Field(min_length=3)]]


# Whatever is left


class Anything(StartEvent):
    any: Any
    maybe: Any = None
    json_value: JsonValue = None
    listed: list = []
    mapped: dict = {}


class NoFields(StartEvent):
    pass


class Many(StartEvent):
    a: int = 1
    b: str = "b"
    c: bool = False
    d: list[str] = []
    e: Optional[Address] = None
    f: Mood = Mood.HAPPY
    g: dict[str, int] = {}
    h: Union[int, str] = 0


class Inherited(PlainText):
    more: int = Field(ge=0)


class Unicode(StartEvent):
    größe: int
    名前: str = Field(min_length=1, max_length=2)


class Prefixes(StartEvent):
    """Fields with names that other fields' names are parts of."""

    a: Address
    a_b: int
    ab: str = ""


STARTS = [
    PlainText, TextWithDefault, BoundedText, PatternText, PatternOfPythonOnly, OptionalText, SecretText, Described,
    Whole, BoundedWhole, SteppedWhole, ConstrainedWhole, HugeWhole, Real, BoundedReal, SteppedReal, Money, OptionalNumbers,
    Flags, Enums, Literals, EnumLists, Nothing,
    Dates, OptionalDates, AwareAndNaive, PastAndFuture, Identifiers, Addresses, Bytes,
    Nested, NestedOptional, NestedDefault, Defaults, NestedStrict, DeeplyNested, Recursive, Mutual, TypedDicts, DataClass, GenericPages,
    Roots, Aliased, Closed, OpenObject,
    Lists, BoundedLists, OptionalLists, Tuples, Sets, ListOfModels, ListOfUnions,
    Maps, BoundedMaps, MapsOfModels, KeyedMaps,
    PlainUnions, ModelUnions, TaggedUnions, CallableTags, NestedUnions, UnionsWithBounds,
    Anything, NoFields, Many, Inherited, Unicode, Prefixes,
]  # fmt: skip
