"""A real ``WorkflowServer`` for the end-to-end and contract tests.

It serves the demo workflows that the embedded server has too, from ``server/reference/demos.py``, and after them a few
that only these tests need. Every workflow has a numeric timeout: with ``timeout=None`` nothing holds a parked task, and
a posted answer can be lost.
"""

from __future__ import annotations

import argparse
import asyncio
import pathlib
import sys
from typing import Literal

from llama_agents.server import SqliteWorkflowStore, WorkflowServer
from workflows import Context, Workflow, catch_error, step
from workflows.events import (
    Event,
    HumanResponseEvent,
    InputRequiredEvent,
    StartEvent,
    StepFailedEvent,
    StopEvent,
)
from workflows.retry_policy import ConstantDelayRetryPolicy

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "server" / "reference"))

import asking_models  # noqa: E402
import demos  # noqa: E402
import form_models  # noqa: E402
import typed_models  # noqa: E402


class RelayStart(StartEvent):
    laps: int = 40
    seconds: float = 1.0


class Baton(Event):
    lap: int


class Relay(Workflow):
    """Every lap is a step of its own, so that a restarted server goes on where it was and doesn't begin again."""

    @step
    async def begin(self, ctx: Context, ev: RelayStart) -> Baton:
        await ctx.store.set("laps", ev.laps)
        await ctx.store.set("seconds", ev.seconds)
        return Baton(lap=1)

    @step
    async def run_on(self, ctx: Context, ev: Baton) -> Baton | StopEvent:
        laps = await ctx.store.get("laps")
        await asyncio.sleep(await ctx.store.get("seconds"))
        ctx.write_event_to_stream(demos.Progress(done=ev.lap, total=laps, note=f"lap {ev.lap}"))
        if ev.lap >= laps:
            return StopEvent(result={"laps": ev.lap})
        return Baton(lap=ev.lap + 1)


class Nested(Workflow):
    """Runs inside of `Wrapping`."""

    @step
    async def inside(self, ctx: Context, ev: StartEvent) -> StopEvent:
        for number in range(3):
            ctx.write_event_to_stream(demos.Progress(done=number, total=3, note="inside"))
        return StopEvent(result="the nested result")


class WrappingStart(StartEvent):
    events: int = 8
    seconds: float = 0.3


class Wrapping(Workflow):
    """Passes the events of a nested workflow on, its `StopEvent` too, and goes on for a while."""

    @step
    async def wrap(self, ctx: Context, ev: WrappingStart) -> StopEvent:
        nested = Nested(timeout=60).run()
        async for event in nested.stream_events():
            ctx.write_event_to_stream(event)
        result = await nested
        for number in range(ev.events):
            await asyncio.sleep(ev.seconds)
            ctx.write_event_to_stream(demos.Progress(done=number, total=ev.events, note="afterwards"))
        return StopEvent(result={"wrapped": result})


class RetryStart(StartEvent):
    laps: int = 2


class Lap(Event):
    number: int


class Retrying(Workflow):
    """Each lap of its loop fails once. The lap after the last one fails for good, and a handler recovers."""

    @step
    async def begin(self, ctx: Context, ev: RetryStart) -> Lap:
        await ctx.store.set("laps", ev.laps)
        await ctx.store.set("failed", 0)
        return Lap(number=1)

    @step(retry_policy=ConstantDelayRetryPolicy(maximum_attempts=2, delay=0.05))
    async def run_lap(self, ctx: Context, ev: Lap) -> Lap | StopEvent:
        # The server wants a declared way to an end, beside the one through the handler.
        if ev.number > await ctx.store.get("laps"):
            raise ValueError("there are no more laps")
        if await ctx.store.get("failed") < ev.number:
            await ctx.store.set("failed", ev.number)
            raise ValueError(f"lap {ev.number} failed")
        return Lap(number=ev.number + 1)

    @catch_error(for_steps=["run_lap"])
    async def recover(self, ev: StepFailedEvent) -> StopEvent:
        return StopEvent(result={"failed": ev.step_name, "attempts": ev.attempts})


class StockStep(Workflow):
    """Asks with the stock classes by step signatures; the demo ``interview`` does it with ``wait_for_event``."""

    @step
    async def ask(self, ev: StartEvent) -> InputRequiredEvent:
        return InputRequiredEvent(prefix="What is your name?")  # type: ignore[call-arg]

    @step
    async def greet(self, ev: HumanResponseEvent) -> StopEvent:
        return StopEvent(result=f"Hello {ev.response}")


class Plea(InputRequiredEvent):
    prompt: str
    choices: list[str]


class Ruled(HumanResponseEvent):
    # Before the one that is asked for: it would take any offer.
    comment: str = ""
    verdict: Literal["accept", "reject"]


class Ruling(Workflow):
    """Offers answers of which the answer's class is a list."""

    @step
    async def ask(self, ev: StartEvent) -> Plea:
        return Plea(prompt="Shall it pass?", choices=["accept", "reject"])

    @step
    async def rule(self, ev: Ruled) -> StopEvent:
        return StopEvent(result={"verdict": ev.verdict, "comment": ev.comment})


# Start events that stand by themselves.
MODELS = {"typed_models": typed_models.STARTS, "form_models": form_models.STARTS}

# A name that has to be percent-encoded wherever it is part of an address.
ODD_NAME = "plain & odd?#% ü"


class Plain(Workflow):
    """Takes any fields and gives them back."""

    @step
    async def echo(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=dict(ev.items()))


def echo_server(starts: list[type[StartEvent]]) -> WorkflowServer:
    """A workflow for each of these start events, which gives back what it was started with."""
    served = WorkflowServer()
    for start in starts:
        served.add_workflow(start.__name__.lower(), typed_models.echo(start))
    return served


def server(sqlite: str | None, idle_timeout: float) -> WorkflowServer:
    """All workflows behind one server."""
    store = SqliteWorkflowStore(sqlite) if sqlite else None
    served = WorkflowServer(workflow_store=store, idle_timeout=idle_timeout)
    stock = [HumanResponseEvent, InputRequiredEvent]
    served.add_workflow("greeting", demos.Greeting(timeout=60))
    served.add_workflow("progress", demos.Counting(timeout=86_400))
    served.add_workflow("interview", demos.Interview(timeout=86_400), additional_events=stock)
    served.add_workflow(
        "approvals", demos.Approvals(timeout=86_400), additional_events=[demos.MayRun, demos.Permission]
    )
    served.add_workflow("fan_out", demos.FanOut(timeout=86_400))
    served.add_workflow("loop", demos.Loop(timeout=86_400))
    served.add_workflow("failing", demos.Failing(timeout=60))
    served.add_workflow("timeout", demos.Slow(timeout=2.0))
    served.add_workflow("endless", demos.Endless(timeout=86_400))
    served.add_workflow("rich_form", demos.RichForm(timeout=60))
    served.add_workflow("tokens", demos.Tokens(timeout=86_400))
    served.add_workflow("odd_events", demos.OddEvents(timeout=60))
    served.add_workflow("relay", Relay(timeout=600))
    served.add_workflow("wrapping", Wrapping(timeout=600))
    served.add_workflow("retrying", Retrying(timeout=60))
    served.add_workflow("stock_step", StockStep(timeout=600))
    served.add_workflow("ruling", Ruling(timeout=600))
    asking_models.add_to(served)
    served.add_workflow(ODD_NAME, Plain(timeout=60))
    return served


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--sqlite", help="file of a durable store; without it everything is in memory")
    parser.add_argument("--idle-timeout", type=float, default=60.0, help="seconds until an idle run leaves memory")
    parser.add_argument("--models", choices=MODELS, help="the workflows of that file, and no others")
    options = parser.parse_args()
    starts = MODELS.get(options.models)
    served = echo_server(starts) if starts else server(options.sqlite, options.idle_timeout)
    asyncio.run(served.serve(host="127.0.0.1", port=options.port, uvicorn_config={"log_level": "warning"}))


if __name__ == "__main__":
    main()
