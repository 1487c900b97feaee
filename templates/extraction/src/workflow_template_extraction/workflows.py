"""Extracts the values of an invoice from its text, and stores them as a record that a person reviews."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any, Literal

from pydantic import Field, ValidationError
from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent

from .invoice import LABELS, Invoice, extract
from .records import COLLECTION, DEPLOYMENT, replace


class ProcessFile(StartEvent):
    """A document whose values are extracted."""

    file_name: str = Field(min_length=1)
    text: str = Field(min_length=1)


class UIToast(Event):
    """A message to the person in front of the page."""

    level: Literal["info", "warning", "error"]
    message: str


class Extracted(Event):
    record: dict[str, Any]


class Stored(StopEvent):
    item_id: str


class ProcessFileWorkflow(Workflow):
    """A document becomes a record with the status `pending_review`."""

    @step
    async def extract(self, ctx: Context, ev: ProcessFile) -> Extracted:
        ctx.write_event_to_stream(UIToast(level="info", message=f"Reading {ev.file_name}"))
        # As long as a call of a model would take.
        await asyncio.sleep(0.5)
        values, notes = extract(ev.text)
        for label in LABELS:
            if values.get(label) in (None, ""):
                ctx.write_event_to_stream(UIToast(level="warning", message=f"No {label} was found"))
        return Extracted(record=record_of(ev, values, notes))

    @step
    async def store(self, ctx: Context, ev: Extracted) -> Stored:
        item_id = await replace(ev.record)
        ctx.write_event_to_stream(UIToast(level="info", message=f"Stored {ev.record['file_name']} for review"))
        return Stored(item_id=item_id)


def record_of(document: ProcessFile, values: dict[str, Any], notes: dict[str, Any]) -> dict[str, Any]:
    """The record in the shape of LlamaIndex's `ExtractedData`. The text is kept beside it, for the citations."""
    metadata: dict[str, Any] = {"text": document.text}
    status = "pending_review"
    try:
        Invoice.model_validate(values)
    except ValidationError as error:
        status = "error"
        problems = [f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()]
        metadata["extraction_error"] = "; ".join(problems)
    leaves = [*(notes[label] for label in LABELS if label in notes), *(leaf for item in notes["items"] for leaf in item.values())]
    confidences = [leaf["confidence"] for leaf in leaves]
    return {
        "original_data": values,
        "data": values,
        "status": status,
        "overall_confidence": sum(confidences) / len(confidences) if confidences else None,
        "field_metadata": notes,
        "file_name": document.file_name,
        "file_hash": hashlib.sha256(document.text.encode()).hexdigest(),
        "metadata": metadata,
    }


class Metadata(StopEvent):
    """What a page needs to know for a review."""

    json_schema: dict[str, Any]
    deployment_name: str
    extracted_data_collection: str


class MetadataWorkflow(Workflow):
    """Says where the records are, and which schema they have."""

    @step
    async def describe(self, ev: StartEvent) -> Metadata:
        schema = Invoice.model_json_schema()
        return Metadata(json_schema=schema, deployment_name=DEPLOYMENT, extracted_data_collection=COLLECTION)


process_file = ProcessFileWorkflow(timeout=120)
metadata = MetadataWorkflow(timeout=30)
