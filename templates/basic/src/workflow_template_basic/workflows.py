"""Plans a trip: looks around, asks where to stay, and makes a plan."""

from __future__ import annotations

import asyncio
from typing import Literal

from pydantic import Field
from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

Stay = Literal["in the old town", "by the river", "near the station"]


class PlanTrip(StartEvent):
    """Plan a few days away."""

    city: str = Field(description="Where to")
    days: int = Field(default=2, ge=1, le=7, description="How many days")


class Progress(Event):
    done: int
    total: int
    note: str


class ChooseStay(InputRequiredEvent):
    prompt: str


class StayChosen(HumanResponseEvent):
    stay: Stay = Field(description="Where to stay")


class Trip(StopEvent):
    city: str
    stay: str
    plan: list[str]


class TripWorkflow(Workflow):
    """Plans a trip, and asks where to stay."""

    @step
    async def look_around(self, ctx: Context, ev: PlanTrip) -> ChooseStay:
        await ctx.store.set("trip", {"city": ev.city, "days": ev.days})
        sights = ["the market", "the museum", "the harbour", "the gardens"]
        for done, sight in enumerate(sights, start=1):
            await asyncio.sleep(0.4)
            note = f"Found {sight} of {ev.city}"
            ctx.write_event_to_stream(Progress(done=done, total=len(sights), note=note))
        return ChooseStay(prompt=f"Where would you like to stay in {ev.city}?")

    @step
    async def plan(self, ctx: Context, ev: StayChosen) -> Trip:
        trip = await ctx.store.get("trip")
        days = [f"Day {day}: from your room {ev.stay} into {trip['city']}" for day in range(1, trip["days"] + 1)]
        return Trip(city=trip["city"], stay=ev.stay, plan=days)


# A day to answer. Don't use `timeout=None`: a run that waits for an answer could then be forgotten.
trip = TripWorkflow(timeout=86_400)
