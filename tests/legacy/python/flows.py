"""Workflows for llama-deploy 0.9.2 and for today's app server."""

import asyncio

from workflows import Context, Workflow, step
from workflows.events import (
    Event,
    HumanResponseEvent,
    InputRequiredEvent,
    StartEvent,
    StopEvent,
)


class Progress(Event):
    n: int


class Greet(Workflow):
    """Reports progress, then ends with a text, with an object, or with an error."""

    @step
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        for n in range(5):
            ctx.write_event_to_stream(Progress(n=n))
            await asyncio.sleep(0.1)
        if ev.get("boom", None):
            raise ValueError("kaput")
        if ev.get("obj", None):
            return StopEvent(result={"a": 1})
        return StopEvent(result=f"Hello {ev.get('name', 'nobody')}")


class Ask(Workflow):
    """Reports progress, asks, and answers with what was sent."""

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> InputRequiredEvent:
        for n in range(3):
            ctx.write_event_to_stream(Progress(n=n))
            await asyncio.sleep(0.05)
        return InputRequiredEvent(prefix="Name? ")

    @step
    async def greet(self, ctx: Context, ev: HumanResponseEvent) -> StopEvent:
        ctx.write_event_to_stream(Progress(n=3))
        return StopEvent(result=f"Hello {ev.response}")


greet, ask = Greet(timeout=60), Ask(timeout=60)
