"""The demo workflow `extraction` in Python: what the embedded one is written after.

`python extraction.py` records the schemas, event classes and the graph that the embedded server answers with, into
src/demos/recorded/extraction.json. `python extraction.py PORT BASE` serves it with the store of records at BASE.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import pathlib
import re
import sys
import urllib.request
from typing import Any, Literal

from pydantic import Field
from workflows import Context, Workflow, step
from workflows.events import Event, StartEvent, StopEvent

SAMPLE = """Invoice: 2026-0417
Vendor: Example Ltd
Date: 2026-11-29
Total: 61.50
Item: Paper, 3, 4.50
Item: Printer ink, 2, 24.00
"""


class ExtractStart(StartEvent):
    """A text with a label, a colon and a value in each line."""

    file_name: str = Field(default="invoice.txt", description="Under which name it is kept")
    text: str = Field(default=SAMPLE, description="Lines such as “Vendor: Example Ltd” and “Item: name, quantity, price”")


class UIToast(Event):
    level: Literal["info", "warning", "error"]
    message: str


class Extracted(Event):
    file_name: str
    file_hash: str
    data: dict[str, Any]
    field_metadata: dict[str, Any]


class ExtractStop(StopEvent):
    item_id: str
    deployment_name: str
    collection: str


def number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def note(line: str, value: Any) -> dict[str, Any]:
    confidence = 0.0 if value is None else 0.97
    return {"confidence": confidence, "reasoning": "the line with this label", "citation": [{"page": 1, "matching_text": line}]}


class Extraction(Workflow):
    """Reads an invoice and stores it as a record to be reviewed."""

    base = ""

    @step
    async def extract(self, ctx: Context, ev: ExtractStart) -> Extracted:
        ctx.write_event_to_stream(UIToast(level="info", message=f"Reading {ev.file_name}"))
        data: dict[str, Any] = {"invoice": None, "vendor": None, "date": None, "total": None, "items": []}
        notes: dict[str, Any] = {"items": []}
        for line in ev.text.splitlines():
            label, colon, text = line.partition(":")
            label, text = label.strip().lower(), text.strip()
            if not colon:
                continue
            if label == "item":
                name, quantity, price = ([part.strip() for part in text.split(",")] + ["", ""])[:3]
                item = {"name": name, "quantity": number(quantity), "price": number(price)}
                data["items"].append(item)
                notes["items"].append({key: note(line, value) for key, value in item.items()})
            elif label in ("invoice", "vendor", "date", "total"):
                value = number(text) if label == "total" else text
                data[label], notes[label] = value, note(line, value)
        for label in ("invoice", "vendor", "date", "total"):
            if data[label] is None:
                ctx.write_event_to_stream(UIToast(level="warning", message=f"There is no {label}"))
        file_hash = hashlib.sha256(ev.text.encode()).hexdigest()
        return Extracted(file_name=ev.file_name, file_hash=file_hash, data=data, field_metadata=notes)

    @step
    async def store(self, ctx: Context, ev: Extracted) -> ExtractStop:
        where = {"deployment_name": "_public", "collection": "extraction"}
        confidences = [float(it) for it in re.findall(r'"confidence": ([0-9.]+)', json.dumps(ev.field_metadata))]
        overall = sum(confidences) / len(confidences) if confidences else None
        record = {
            "original_data": ev.data, "data": ev.data, "status": "pending_review", "overall_confidence": overall,
            "field_metadata": ev.field_metadata, "file_id": None, "file_name": ev.file_name, "file_hash": ev.file_hash, "metadata": {},
        }
        # The same document again takes the place of the first.
        self.post("/:delete", {**where, "filter": {"file_hash": {"eq": ev.file_hash}}})
        made = self.post("", {**where, "data": record})
        ctx.write_event_to_stream(UIToast(level="info", message=f"Stored {ev.file_name}"))
        return ExtractStop(item_id=made["id"], **where)

    def post(self, path: str, body: Any) -> Any:
        request = urllib.request.Request(
            f"{self.base}/api/v1/beta/agent-data{path}", json.dumps(body).encode(), {"content-type": "application/json"}
        )
        return json.load(urllib.request.urlopen(request))


def server() -> Any:
    from llama_agents.server import WorkflowServer

    built = WorkflowServer()
    built.add_workflow("extraction", Extraction(timeout=60))
    return built


def record() -> None:
    from starlette.testclient import TestClient

    here = pathlib.Path(__file__).parent
    with TestClient(server().app) as client:
        parts = {part: client.get(f"/workflows/extraction/{part}").json() for part in ("schema", "events", "representation")}
    text = json.dumps(parts, ensure_ascii=False, indent=1)
    (here.parent / "src" / "demos" / "recorded" / "extraction.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    # Imported under its own name, as the demos are.
    import extraction

    if len(sys.argv) > 2:
        extraction.Extraction.base = sys.argv[2]
        asyncio.run(extraction.server().serve(host="127.0.0.1", port=int(sys.argv[1])))
    else:
        extraction.record()
