"""Reviews a document: checks it, asks a person, and holds the decision."""

from __future__ import annotations

import asyncio
from typing import Literal

from pydantic import Field
from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class StartReview(StartEvent):
    """Put a document up for review."""

    title: str = Field(min_length=1)
    text: str = Field(min_length=1)


class Document(Event):
    """What is reviewed, for those who open the review later."""

    title: str
    text: str


class Checked(Event):
    check: str
    passed: bool
    finding: str


class Approval(InputRequiredEvent):
    prompt: str


class Decision(HumanResponseEvent):
    decision: Literal["approve", "send back"]
    comment: str = Field(default="", description="What the author should know")


class Reviewed(StopEvent):
    title: str
    decision: str
    comment: str
    findings: int


def check_length(text: str) -> str | None:
    words = len(text.split())
    return None if words >= 20 else f"{words} words are very few"


def check_placeholders(text: str) -> str | None:
    left = [word for word in ("TODO", "TBD", "lorem ipsum") if word.lower() in text.lower()]
    return f"still holds {', '.join(left)}" if left else None


def check_sentences(text: str) -> str | None:
    longest = max((len(sentence.split()) for sentence in text.split(".")), default=0)
    return None if longest <= 40 else f"a sentence of {longest} words"


CHECKS = {"Length": check_length, "Placeholders": check_placeholders, "Sentences": check_sentences}


class Review(Workflow):
    """Checks a document and asks a person whether it may go out."""

    @step
    async def examine(self, ctx: Context, ev: StartReview) -> Approval:
        ctx.write_event_to_stream(Document(title=ev.title, text=ev.text))
        findings = 0
        for name, check in CHECKS.items():
            # As long as a call of a model would take.
            await asyncio.sleep(0.5)
            finding = check(ev.text)
            findings += finding is not None
            ctx.write_event_to_stream(Checked(check=name, passed=finding is None, finding=finding or "fine"))
        await ctx.store.set("review", {"title": ev.title, "findings": findings})
        return Approval(prompt=f"May “{ev.title}” go out? {findings} of {len(CHECKS)} checks found something.")

    @step
    async def decide(self, ctx: Context, ev: Decision) -> Reviewed:
        review = await ctx.store.get("review")
        return Reviewed(decision=ev.decision, comment=ev.comment, **review)


# A week to decide. Don't use `timeout=None`: a run that waits for an answer could then be forgotten.
review = Review(timeout=7 * 86_400)
