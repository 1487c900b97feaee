"""Workflows that ask a person in ways that are easy to get wrong: several questions at once, answers that must carry more than their
class declares, and several classes that could answer.
"""

from __future__ import annotations

from pydantic import Field
from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

ROOMS = ["kitchen", "hall", "attic"]


class Room(Event):
    number: int
    name: str


class MayPaint(InputRequiredEvent):
    prompt: str
    number: int


class PaintVerdict(HumanResponseEvent):
    number: int = Field(description="Which room this is about")
    paint: bool = Field(description="Paint it?")


class Painted(Event):
    said: str


class ParallelQuestions(Workflow):
    """Asks about every room at once; an answer says which room it is about, and is taken by that question alone."""

    @step
    async def plan(self, ctx: Context, ev: StartEvent) -> Room | None:
        for number, name in enumerate(ROOMS):
            ctx.send_event(Room(number=number, name=name))
        return None

    @step(num_workers=3)
    async def room(self, ctx: Context, ev: Room) -> Painted:
        verdict = await ctx.wait_for_event(
            PaintVerdict,
            waiter_event=MayPaint(prompt=f"Paint the {ev.name}?", number=ev.number),
            waiter_id=f"room-{ev.number}",
            requirements={"number": ev.number},
        )
        return Painted(said=f"{ev.name}: {'yes' if verdict.paint else 'no'}")

    @step
    async def collect(self, ctx: Context, ev: Painted) -> StopEvent | None:
        painted = ctx.collect_events(ev, [Painted] * len(ROOMS))
        return None if painted is None else StopEvent(result=sorted(one.said for one in painted))


class NamedAnswer(Workflow):
    """Waits for a stock answer that has to say who gave it, which its class does not declare."""

    @step
    async def sign(self, ctx: Context, ev: StartEvent) -> StopEvent:
        answer = await ctx.wait_for_event(
            HumanResponseEvent,
            waiter_id="signature",
            waiter_event=InputRequiredEvent(prefix="Sign the lease?", signer="Mika"),  # type: ignore[call-arg]
            requirements={"signer": "Mika"},
        )
        return StopEvent(result=f"{answer.response} by {answer.signer}")


class SizeQuestion(InputRequiredEvent):
    text: str = "How many chairs?"


class SizeAnswer(HumanResponseEvent):
    chairs: int


class ColourQuestion(InputRequiredEvent):
    text: str = "Which colour?"


class ColourAnswer(HumanResponseEvent):
    colour: str


class TwoQuestions(Workflow):
    """Two questions, each with an answer of its own: answering the second with the first's class would repeat the first step."""

    @step
    async def size(self, ev: StartEvent) -> SizeQuestion:
        return SizeQuestion()

    @step
    async def sized(self, ctx: Context, ev: SizeAnswer) -> ColourQuestion:
        await ctx.store.set("chairs", ev.chairs)
        return ColourQuestion()

    @step
    async def coloured(self, ctx: Context, ev: ColourAnswer) -> StopEvent:
        return StopEvent(result=f"{await ctx.store.get('chairs')} {ev.colour} chairs")


class Riddle(InputRequiredEvent):
    text: str = "Red or blue?"


class RedPill(HumanResponseEvent):
    dose: int


class BluePill(HumanResponseEvent):
    dose: int


class EitherAnswer(Workflow):
    """A question that two classes answer, neither likelier than the other."""

    @step
    async def riddle(self, ev: StartEvent) -> Riddle:
        return Riddle()

    @step
    async def red(self, ev: RedPill) -> StopEvent:
        return StopEvent(result=f"red {ev.dose}")

    @step
    async def blue(self, ev: BluePill) -> StopEvent:
        return StopEvent(result=f"blue {ev.dose}")


def add_to(server) -> None:
    """Adds the workflows to a server."""
    stock = [HumanResponseEvent, InputRequiredEvent]
    server.add_workflow(
        "parallel_questions", ParallelQuestions(timeout=600), additional_events=[PaintVerdict, MayPaint]
    )
    server.add_workflow("named_answer", NamedAnswer(timeout=600), additional_events=stock)
    server.add_workflow("two_questions", TwoQuestions(timeout=600))
    server.add_workflow("either_answer", EitherAnswer(timeout=600))
