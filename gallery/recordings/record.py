"""Records the runs that the gallery shows, from the real server.

    python tests/python/serve_workflows.py --port 8000 &
    python gallery/recordings/record.py http://127.0.0.1:8000

Each run becomes a folder with its handler, its event stream as it came, and what the server says about its workflow.
"""

from __future__ import annotations

import json
import pathlib
import sys
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).parent
BASE = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"


def ask(path: str, body: object = None) -> str:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(BASE + path, data, {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:  # the server answers 500 for the handler of a failed run
        return error.read().decode()


def record(name: str, workflow: str, start: dict, answers: list[dict] = (), cancel: bool = False) -> None:
    handler = json.loads(ask(f"/workflows/{workflow}/run-nowait", {"start_event": json.dumps(start), "handler_id": f"{name}-recorded"}))
    run = handler["handler_id"]
    for answer in answers:
        time.sleep(0.5)
        ask(f"/events/{run}", {"event": answer})
    if cancel:
        time.sleep(1.2)
        ask(f"/handlers/{run}/cancel", {})
    while json.loads(ask(f"/handlers/{run}"))["status"] == "running":
        time.sleep(0.1)
    folder = HERE / name
    folder.mkdir(exist_ok=True)
    parts = {
        "handler.json": f"/handlers/{run}",
        "events.sse": f"/events/{run}?sse=true&after_sequence=-1&include_internal=true",
        "schema.json": f"/workflows/{workflow}/schema",
        "events.json": f"/workflows/{workflow}/events",
        "graph.json": f"/workflows/{workflow}/representation",
    }
    for file, path in parts.items():
        (folder / file).write_text(ask(path))
    print(name, json.loads((folder / "handler.json").read_text())["status"])


def event(kind: str, **fields: str) -> dict:
    return {"type": kind, "value": fields}


record("greeting", "greeting", {"name": "Ada", "count": 2})
record("progress", "progress", {"steps": 40, "per_second": 0})
record("fan_out", "fan_out", {"pieces": 9, "seconds": 0.15})
record("loop", "loop", {"number": 6, "seconds": 0.02})
record("failing", "failing", {})
record("timeout", "timeout", {})
record("endless", "endless", {"per_second": 5}, cancel=True)
record("tokens", "tokens", {"topic": "the sea", "words": 90, "per_second": 0})
record("odd_events", "odd_events", {"big_bytes": 2000})
record("interview", "interview", {}, [event("HumanResponseEvent", response="Ada"), event("Answer", choice="tea")])
