"""The demo workflows of `workflow-debugger`, in Python, for the real `llama-agents-server`.

The embedded server's demos (`server/src/demos/`) are these, step by step. This file is what they are compared with:
`record.py` writes the schemas, event classes and graphs that the embedded server answers with, and `python demos.py PORT`
serves the same workflows for tests that want to see one answer beside the other.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, Field
from workflows import Context, Workflow, step
from workflows.events import (
    Event,
    HumanResponseEvent,
    InputRequiredEvent,
    StartEvent,
    StopEvent,
)
from workflows.resource import Resource
from workflows.retry_policy import ConstantDelayRetryPolicy


# greeting ------------------------------------------------------------------------------------------------------------
class GreetStart(StartEvent):
    """Say hello."""

    name: str = Field(description="Who to greet")
    count: int = Field(default=1, title="How many", ge=1, le=10)
    mood: Literal["happy", "sad"] = "happy"
    nick: str | None = None


class Greeted(Event):
    text: str


class GreetStop(StopEvent):
    greeting: str
    n: int


class Greeting(Workflow):
    """Greets somebody. Continue the run to see that it remembers how often it was asked."""

    @step
    async def greet(self, ctx: Context, ev: GreetStart) -> GreetStop:
        n = await ctx.store.get("n", default=0) + 1
        await ctx.store.set("n", n)
        mark = "!" if ev.mood == "happy" else "..."
        text = f"Hello, {ev.nick or ev.name}{mark}"
        for _ in range(ev.count):
            ctx.write_event_to_stream(Greeted(text=text))
        return GreetStop(greeting=text, n=n)


# progress ------------------------------------------------------------------------------------------------------------
class ProgressStart(StartEvent):
    """How much to do, and how fast."""

    steps: int = Field(default=20, ge=0, le=1_000_000, description="How many progress events to send")
    per_second: float = Field(default=10, ge=0, le=100_000, title="Events per second", description="0: as fast as it can")
    payload_bytes: int = Field(default=0, ge=0, le=1_000_000, description="Length of a text carried by each event")


class Progress(Event):
    done: int
    total: int
    note: str = ""


class Counting(Workflow):
    """Counts to a number and tells about every step."""

    @step
    async def count(self, ctx: Context, ev: ProgressStart) -> StopEvent:
        if ev.steps * ev.payload_bytes > 2_000_000_000:
            raise ValueError("More than 2 GB of events: choose fewer steps or a smaller payload")
        note = "x" * ev.payload_bytes
        for done in range(1, ev.steps + 1):
            ctx.write_event_to_stream(Progress(done=done, total=ev.steps, note=note))
            if ev.per_second:
                await asyncio.sleep(1 / ev.per_second)
        return StopEvent(result={"done": ev.steps})


# interview -----------------------------------------------------------------------------------------------------------
class Named(Event):
    name: str


class Ask(InputRequiredEvent):
    prompt: str
    choices: list[str] = []


class Answer(HumanResponseEvent):
    choice: str


class Interview(Workflow):
    """Asks a human twice: once for any text, once with choices."""

    @step
    async def ask_name(self, ctx: Context, ev: StartEvent) -> Named:
        reply = await ctx.wait_for_event(
            HumanResponseEvent,
            waiter_event=InputRequiredEvent(prefix="What is your name? "),
            waiter_id="name",
        )
        return Named(name=reply.response)

    @step
    async def ask_drink(self, ctx: Context, ev: Named) -> Ask:
        await ctx.store.set("name", ev.name)
        return Ask(prompt=f"What would you like to drink, {ev.name}?", choices=["coffee", "tea", "water"])

    @step
    async def serve(self, ctx: Context, ev: Answer) -> StopEvent:
        return StopEvent(result={"name": await ctx.store.get("name", default=None), "drink": ev.choice})


# approvals -----------------------------------------------------------------------------------------------------------
class ApprovalsStart(StartEvent):
    """How many tools want to run."""

    calls: int = Field(default=3, ge=1, le=1000, description="Each call asks for a permission of its own")


class ToolCall(Event):
    call: int
    tool: str


class MayRun(InputRequiredEvent):
    prompt: str
    call: int


class Permission(HumanResponseEvent):
    call: int = Field(description="Which call this is about")
    allow: bool = Field(description="May it run?")


class ToolDone(Event):
    call: int
    tool: str
    ran: bool


TOOLS = ["search", "mail", "calendar", "payment", "printer"]


class Approvals(Workflow):
    """Asks about several tool calls at once. A permission names its call and completes that call alone."""

    @step
    async def plan(self, ctx: Context, ev: ApprovalsStart) -> ToolCall | None:
        await ctx.store.set("calls", ev.calls)
        for call in range(ev.calls):
            ctx.send_event(ToolCall(call=call, tool=TOOLS[call % len(TOOLS)]))
        return None

    @step(num_workers=4)
    async def run_tool(self, ctx: Context, ev: ToolCall) -> ToolDone:
        answer = await ctx.wait_for_event(
            Permission,
            waiter_event=MayRun(prompt=f"May the tool {ev.tool} run? (call {ev.call})", call=ev.call),
            waiter_id=f"call-{ev.call}",
            requirements={"call": ev.call},
        )
        done = ToolDone(call=ev.call, tool=ev.tool, ran=answer.allow)
        ctx.write_event_to_stream(done)
        return done

    @step(num_workers=1)
    async def sum_up(self, ctx: Context, ev: ToolDone) -> StopEvent | None:
        calls = await ctx.store.get("calls")
        done = ctx.collect_events(ev, [ToolDone] * calls)
        if done is None:
            return None
        return StopEvent(result={"calls": calls, "ran": sorted(one.call for one in done if one.ran)})


# fan_out -------------------------------------------------------------------------------------------------------------
class FanStart(StartEvent):
    """How much work to hand out."""

    pieces: int = Field(default=12, ge=1, le=1000)
    seconds: float = Field(default=0.4, ge=0, le=60, description="How long each piece takes")


class Work(Event):
    piece: int
    seconds: float


class WorkDone(Event):
    piece: int
    square: int


class Pool(BaseModel):
    """Where the workers live."""

    workers: int = 4


def get_pool() -> Pool:
    """Four workers."""
    return Pool()


class FanOut(Workflow):
    """Hands pieces of work to four workers and gathers what they bring back."""

    @step
    async def split(self, ctx: Context, ev: FanStart) -> Work | None:
        await ctx.store.set("pieces", ev.pieces)
        for piece in range(ev.pieces):
            ctx.send_event(Work(piece=piece, seconds=ev.seconds))
        return None

    @step(num_workers=4)
    async def work(self, ctx: Context, ev: Work, pool: Annotated[Pool, Resource(get_pool)]) -> WorkDone:
        await asyncio.sleep(ev.seconds)
        done = WorkDone(piece=ev.piece, square=ev.piece * ev.piece)
        ctx.write_event_to_stream(done)
        return done

    @step(num_workers=1)
    async def gather(self, ctx: Context, ev: WorkDone) -> StopEvent | None:
        pieces = await ctx.store.get("pieces")
        done = ctx.collect_events(ev, [WorkDone] * pieces)
        if done is None:
            return None
        return StopEvent(result={"pieces": pieces, "sum": sum(one.square for one in done)})


# loop ----------------------------------------------------------------------------------------------------------------
class LoopStart(StartEvent):
    """Where to start."""

    number: int = Field(default=27, ge=1, le=1_000_000)
    seconds: float = Field(default=0.05, ge=0, le=10, description="Pause at each number")


class Even(Event):
    number: int


class Odd(Event):
    number: int


class Next(Event):
    number: int


class Visited(Event):
    number: int
    turn: int


class Loop(Workflow):
    """Halves even numbers, triples odd ones and adds one, until it comes to 1."""

    @step
    async def decide(self, ctx: Context, ev: LoopStart | Next) -> Even | Odd | StopEvent:
        if isinstance(ev, LoopStart):
            await ctx.store.set("seconds", ev.seconds)
            await ctx.store.set("turn", 0)
        turn = await ctx.store.get("turn")
        ctx.write_event_to_stream(Visited(number=ev.number, turn=turn))
        await ctx.store.set("turn", turn + 1)
        await asyncio.sleep(await ctx.store.get("seconds"))
        if ev.number == 1:
            return StopEvent(result={"turns": turn})
        return Odd(number=ev.number) if ev.number % 2 else Even(number=ev.number)

    @step
    async def halve(self, ev: Even) -> Next:
        return Next(number=ev.number // 2)

    @step
    async def triple(self, ev: Odd) -> Next:
        return Next(number=ev.number * 3 + 1)


# failing -------------------------------------------------------------------------------------------------------------
class FailStart(StartEvent):
    """What goes wrong."""

    message: str = "kaput: disk full"


class Draft(Event):
    message: str


class Failing(Workflow):
    """Fails after three attempts."""

    @step
    async def prepare(self, ctx: Context, ev: FailStart) -> Draft:
        ctx.write_event_to_stream(Progress(done=1, total=2))
        return Draft(message=ev.message)

    @step(retry_policy=ConstantDelayRetryPolicy(maximum_attempts=3, delay=0.3))
    async def write(self, ev: Draft) -> StopEvent:
        raise ValueError(ev.message)


# timeout -------------------------------------------------------------------------------------------------------------
class SlowStart(StartEvent):
    """How long it takes."""

    seconds: float = Field(default=3600, ge=0, description="The workflow gives up after 2 seconds")


class Slow(Workflow):
    """Takes longer than it may: two seconds."""

    @step
    async def dawdle(self, ctx: Context, ev: SlowStart) -> StopEvent:
        ctx.write_event_to_stream(Progress(done=0, total=1))
        await asyncio.sleep(ev.seconds)
        return StopEvent(result="in time")


# endless -------------------------------------------------------------------------------------------------------------
class EndlessStart(StartEvent):
    """How often to tick."""

    per_second: float = Field(default=2, gt=0, le=1000, title="Ticks per second")


class Tick(Event):
    n: int


class Endless(Workflow):
    """Ticks until somebody cancels it."""

    @step
    async def tick(self, ctx: Context, ev: EndlessStart) -> StopEvent:
        n = 0
        while True:
            ctx.write_event_to_stream(Tick(n=n))
            await asyncio.sleep(1 / ev.per_second)
            n += 1


# rich_form -----------------------------------------------------------------------------------------------------------
class Priority(str, Enum):
    """How soon."""

    low = "low"
    normal = "normal"
    urgent = "urgent"


class Address(BaseModel):
    """Where to send it."""

    street: str = Field(min_length=1)
    city: str
    postcode: str = Field(pattern=r"^[0-9]{5}$", description="Five digits")
    country: Literal["DE", "FR", "NL"] = "DE"


class Item(BaseModel):
    name: str = Field(min_length=1, max_length=40)
    quantity: int = Field(default=1, ge=1, le=99)
    price: float = Field(gt=0, description="In euro")


class CardPayment(BaseModel):
    kind: Literal["card"]
    number: str = Field(min_length=12, max_length=19)


class InvoicePayment(BaseModel):
    kind: Literal["invoice"]
    days: int = Field(default=30, ge=0, le=90)


class OrderStart(StartEvent):
    """An order with a bit of everything that a form can hold."""

    customer: str = Field(min_length=2, max_length=60, description="Name as on the invoice", examples=["Ada Lovelace"])
    email: str | None = Field(default=None, description="Left out: no mail")
    address: Address
    articles: list[Item] = Field(min_length=1, max_length=5)
    priority: Priority = Priority.normal
    gift: bool = Field(description="Must be said")
    newsletter: bool = False
    deliver_on: date | None = None
    not_before: datetime | None = Field(default=None, description="Date and time with zone")
    discount: float = Field(default=0, ge=0, lt=1, multiple_of=0.05)
    reference: int | None = Field(default=None, description="May be longer than 2^53")
    tags: set[str] = Field(default_factory=set)
    labels: dict[str, str] = {}
    weights: dict[str, float] = {}
    size: Union[int, str] = Field(default="M", description="A number or a letter")
    payment: Union[CardPayment, InvoicePayment] = Field(discriminator="kind")
    pair: tuple[int, int] | None = None
    notes: str = Field(default="", max_length=2000, json_schema_extra={"format": "multiline"})
    extra: Any = None


class OrderLine(Event):
    name: str
    total: float


class OrderStop(StopEvent):
    order: dict[str, Any]
    total: float


class RichForm(Workflow):
    """Takes an order. Its start event has nested objects, lists, choices, dates, bounds and unions."""

    @step
    async def price(self, ctx: Context, ev: OrderStart) -> OrderStop:
        total = 0.0
        for item in ev.articles:
            line = item.quantity * item.price
            total += line
            ctx.write_event_to_stream(OrderLine(name=item.name, total=line))
        return OrderStop(order=ev.model_dump(mode="json"), total=total * (1 - ev.discount))


# tokens --------------------------------------------------------------------------------------------------------------
class TokensStart(StartEvent):
    """What to write about."""

    topic: str = "the sea"
    words: int = Field(default=120, ge=1, le=100_000)
    per_second: float = Field(default=30, ge=0, le=100_000, title="Words per second", description="0: as fast as it can")


class Token(Event):
    text: str


class TokensStop(StopEvent):
    text: str
    tokens: int


WORDS = (
    "waves arrive and leave again while somebody counts them and forgets the number because the light has changed "
    "and the boats are late and nobody minds"
).split()


class Tokens(Workflow):
    """Writes a text word by word, as a language model does."""

    @step
    async def write(self, ctx: Context, ev: TokensStart) -> TokensStop:
        text = ""
        for n in range(ev.words):
            word = f"On {ev.topic}:" if n == 0 else " " + WORDS[(n - 1) % len(WORDS)]
            text += word
            ctx.write_event_to_stream(Token(text=word))
            if ev.per_second:
                await asyncio.sleep(1 / ev.per_second)
        return TokensStop(text=text, tokens=ev.words)


# odd_events ----------------------------------------------------------------------------------------------------------
class OddStart(StartEvent):
    """How odd it gets."""

    big_bytes: int = Field(default=1_000_000, ge=0, le=100_000_000, description="Length of the long text")
    malformed: bool = Field(default=True, description="Send one frame which is not JSON (embedded server only)")


class Big(Event):
    text: str


class Unicode(Event):
    text: str


class Markup(Event):
    html: str


class BigNumbers(Event):
    just_beyond: int
    huge: int
    tiny: float


class Nested(Event):
    tree: dict[str, Any]


class OddEvents(Workflow):
    """Events that break careless pages: huge, hostile, unknown, undeclared."""

    @step
    async def emit(self, ctx: Context, ev: OddStart) -> StopEvent:
        ctx.write_event_to_stream(Event(msg="dynamic", value=1, _private="kept"))
        ctx.write_event_to_stream(Unicode(text="é ß 漢字 🧑‍🚀 \u202eright to left\u202c e\u0301 \u0000 \u2028 \ufeff"))
        ctx.write_event_to_stream(Markup(html="<img src=x onerror=alert(1)></script><script>alert(2)</script>&amp;${1}{{1}}"))
        ctx.write_event_to_stream(BigNumbers(just_beyond=9007199254740993, huge=10**40, tiny=5e-324))
        tree: dict[str, Any] = {"leaf": None}
        for depth in range(60):
            tree = {str(depth): [tree, True]}
        ctx.write_event_to_stream(Nested(tree=tree))
        ctx.write_event_to_stream(Big(text="0123456789" * (ev.big_bytes // 10)))
        return StopEvent(result={"": {"a/b~c": "<b>"}, "n": 9007199254740993})


def server() -> Any:
    """The demos on the real server, in the order in which the embedded one lists them."""
    from llama_agents.server import WorkflowServer

    built = WorkflowServer()
    built.add_workflow("greeting", Greeting(timeout=60))
    built.add_workflow("progress", Counting(timeout=86_400))
    built.add_workflow("interview", Interview(timeout=86_400), additional_events=[HumanResponseEvent, InputRequiredEvent])
    built.add_workflow("approvals", Approvals(timeout=86_400), additional_events=[MayRun, Permission])
    built.add_workflow("fan_out", FanOut(timeout=86_400))
    built.add_workflow("loop", Loop(timeout=86_400))
    built.add_workflow("failing", Failing(timeout=60))
    built.add_workflow("timeout", Slow(timeout=2.0))
    built.add_workflow("endless", Endless(timeout=86_400))
    built.add_workflow("rich_form", RichForm(timeout=60))
    built.add_workflow("tokens", Tokens(timeout=86_400))
    built.add_workflow("odd_events", OddEvents(timeout=60))
    return built


if __name__ == "__main__":
    # Imported under its own name, so that classes are called `demos.Ask` and not `__main__.Ask`.
    import demos

    asyncio.run(demos.server().serve(host="127.0.0.1", port=int(sys.argv[1]) if len(sys.argv) > 1 else 8141))
