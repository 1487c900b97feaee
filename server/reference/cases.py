"""Requests whose answers must be the same from the real server and from the embedded one.

A case is a list of requests made one after another; `{id}` in a path or body stands for the `handler_id` of the latest answer that had
one. `until` reads a stream to its n-th frame only (for runs that go on), `settle` waits for so many seconds first.
"""

from __future__ import annotations

import json
from typing import Any

Request = dict[str, Any]


def get(path: str, **more: Any) -> Request:
    return {"method": "GET", "path": path, **more}


def post(path: str, body: Any = "", **more: Any) -> Request:
    return {"method": "POST", "path": path, "body": body if isinstance(body, str) else json.dumps(body), **more}


def start(workflow: str, value: Any = None, **more: Any) -> Request:
    return post(f"/workflows/{workflow}/run-nowait", {} if value is None else {"start_event": value}, **more)


ALL = "after_sequence=-1&include_internal=true"
GREET = {"name": "Ada"}
ORDER = {
    "customer": "Ada",
    "address": {"street": "S", "city": "B", "postcode": "10115"},
    "articles": [{"name": "n", "price": 2}],
    "gift": True,
    "payment": {"kind": "card", "number": "123456789012"},
}


def order(**fields: Any) -> list[Request]:
    """An order with other fields; `...` leaves one out."""
    value = {name: field for name, field in {**ORDER, **fields}.items() if field is not ...}
    return [post("/workflows/rich_form/run", {"start_event": {"type": "OrderStart", "value": value}})]


def bodies(path: str, texts: list[str], before: list[Request]) -> list[list[Request]]:
    return [[*before, post(path, text)] for text in texts]


def answer(kind: str, **value: Any) -> Request:
    return post("/events/{id}", {"event": {"type": kind, "value": value}})


def events_until(frames: int) -> Request:
    """Reads the stream up to so many events: what comes next finds the run where it should be."""
    return get(f"/events/{{id}}?{ALL}", until=frames)


CASES: list[list[Request]] = []

# Reading what there is.
CASES += [[get(path)] for path in (
    "/health", "/workflows", "/workflows/nope/schema", "/workflows/nope/events", "/workflows/nope/representation",
    "/nope", "/handlers/nope", "/results/nope", "/events/nope", "/events/nope?after_sequence=abc", "/events/nope?after_sequence=",
    "/workflows/greeting/run", "/workflows/greeting/run-nowait", "/handlers/nope/cancel", "/handlers/a%2Fb", "/workflows/a%2Fb/schema",
)]
CASES += [[post(path)] for path in ("/workflows", "/handlers", "/handlers/nope", "/health", "/nope", "/handlers/nope/cancel")]
CASES += [[{"method": "DELETE", "path": "/handlers/nope"}], [{"method": "PUT", "path": "/workflows/greeting/run"}]]

# Bodies that are no JSON, or not that of a start.
CASES += bodies("/workflows/greeting/run-nowait", [
    "", "x", "{", '{"a"', '{"a":', '{"a":1', '{"a":1,', "[1,", '{"a":1}x', '"abc', '"a\\qb"', "[1 2]", "{1:2}", "nul", "-", "01",
    '"\t"', '{"a":tru}', '{"a" 1}', '"\\ud800', '"\\u12', "[]", "null", "5", '"x"', '{\n "é" 1}',
], [])
CASES += [[post("/workflows/nope/run", "{")], [post("/workflows/nope/run-nowait", "{}")]]
CASES += bodies("/workflows/greeting/run", [json.dumps(body) for body in (
    {}, {"start_event": {}}, {"start_event": {"name": 5}}, {"start_event": {"name": None, "count": "x", "mood": "angry", "nick": 3}},
    {"start_event": {"name": "a", "count": 0}}, {"start_event": {"name": "a", "count": 11}}, {"start_event": {"name": "a", "count": 1.5}},
    {"start_event": {"name": "a", "count": 2.0}}, {"start_event": {"name": "a", "count": "3"}}, {"start_event": {"name": "a", "count": True}},
    {"start_event": {"name": "a", "count": []}}, {"start_event": {"name": "a", "count": None}}, {"start_event": {"value": 7}},
    {"start_event": {"type": "GreetStart", "value": {}}}, {"start_event": {"type": "GreetStart", "value": GREET}},
    {"start_event": {"qualified_name": "demos.GreetStart", "value": GREET}}, {"start_event": {"qualified_name": "demos.Nope", "value": GREET}},
    {"start_event": {"type": "GreetStart", "data": GREET, "qualified_name": "x"}},
    {"start_event": {"type": "Nope", "value": {}}}, {"start_event": {"type": "GreetStop", "value": {"greeting": "x", "n": 1}}},
    {"start_event": "abc"}, {"start_event": json.dumps(GREET)}, {"start_event": [1]}, {"start_event": 5}, {"start_event": False},
    {"start_event": None}, {"kwargs": GREET}, {"context": {"a": 1}, "start_event": GREET}, {"context": {}, "start_event": {**GREET, "extra": [1, {"a": None}]}},
    {"start_event": {"type": "GreetStart", **GREET}}, {"start_event": {"type": "GreetStart", "qualified_name": "x", **GREET}},
    {"start_event": {"type": "GreetStart", "value": "str"}}, {"start_event": {"type": "GreetStart", "value": None}},
    {"handler_id": 5, "start_event": GREET}, {"handler_id": "", "start_event": GREET}, {"handler_id": [1], "start_event": GREET},
    {"start_event": {"other": "a" * 80, "count": 3, "nick": "é" * 26}}, {"start_event": {"count": 1, "nick": "it's \"q\" \n é", "mood": "happy"}},
    {"start_event": {"name": ["a" * 39, "b" * 25, True, None, 1.0, 1e20, {}]}},
)], [])

# Every kind of field. The embedded server neither takes numbers for times nor writes times in one form, and converts only plain numbers.
for fields in (
    [{"customer": it} for it in ("A", "", "x" * 61, "é", "日本")]
    + [{"address": it} for it in (None, [], {}, {"street": "", "city": "B", "postcode": "1", "country": "XX"})]
    + [{"articles": it} for it in ([], {}, [{"name": "n", "price": 1}] * 6, [{"name": "", "price": 0, "quantity": 100}, 5], "abc", None)]
    + [{"priority": it} for it in ("x", "urgent", None, 1)]
    + [{"gift": it} for it in ("yes", "maybe", None, 2, 1, 0.0, 0.5, "ON", ..., [])]
    + [{"deliver_on": it} for it in (
        "2026-01-02", "x", "2026-1-2", "2026-13-01", "2026-02-30", "", True, None, [], "2026-01-022")]
    + [{"not_before": it} for it in (
        "x", "2026-01-02T25:00:00Z", True, [], "2026-01-02T03:04:05", "")]
    + [{"discount": it} for it in (-1, 1, 0.07, "0.1", "x", None, [], True, 0.05, 0.3)]
    + [{"reference": it} for it in (10**30, "12", 1.0, 1.5, "x", " 7 ", "1e3", 2**63)]
    + [{"tags": it} for it in (["a", 1], "abc", {"a": 1}, None, [])]
    + [{"labels": it} for it in ({"a": 1}, [], {"a": "x"}, None)]
    + [{"weights": it} for it in ({"a": "x"}, {"a": "1.5"}, {"a": True})]
    + [{"size": it} for it in (3, "L", None, 1.5, 2.0, [], "3", {})]
    + [{"payment": it} for it in (
        {"kind": "cash"}, {}, {"kind": "card"}, {"kind": "invoice"}, {"kind": "invoice", "days": 91}, 5, None, [], {"kind": 5})]
    + [{"pair": it} for it in ([1, 2], [1], [1, 2, 3], "ab", ["x", 2], None, {}, 5)]
    + [{"notes": it} for it in (5, "x" * 2001)]
    + [{"extra": it} for it in (5, {"a": [1.5, None]}, 123456789.125)]
    + [{"customer": ..., "articles": ..., "newsletter": "no"}, {"customer": "x'y\"z\\\n\t\x01\u200b😀", "gift": ...}]
):
    CASES.append(order(**fields))

# Whole runs: the answer that waits, the handler, the result, every event, what is left after the last one.
for name, value in (
    ("greeting", {"name": "Ada", "count": 3}), ("greeting", {"name": "Ada", "nick": "A", "mood": "sad"}),
    ("progress", {"steps": 5, "per_second": 0}), ("progress", {"steps": 0}), ("progress", {"steps": 1_000_000, "payload_bytes": 1_000_000}),
    ("loop", {"number": 6, "seconds": 0}), ("loop", {"number": 1, "seconds": 0}), ("failing", {}), ("failing", {"message": "ü \"x\""}),
    ("timeout", {}), ("timeout", {"seconds": 0}), ("tokens", {"words": 4, "per_second": 0, "topic": "a \"b\""}),
    ("odd_events", {"big_bytes": 20, "malformed": False}), ("rich_form", ORDER),
):
    CASES.append([
        post(f"/workflows/{name}/run", {"start_event": value}),
        get("/handlers/{id}"), get("/results/{id}"), get(f"/events/{{id}}?{ALL}"), get("/events/{id}?after_sequence=-1"),
        get("/events/{id}?after_sequence=-1&sse=false"), get("/events/{id}?after_sequence=-1&include_qualified_name=false"),
        get("/events/{id}"), get("/events/{id}?after_sequence=0&include_internal=TRUE"), get("/events/{id}?after_sequence=NOW"),
        get("/events/{id}?after_sequence=1000"), get("/events/{id}?after_sequence=1000", headers={"last-event-id": "0"}),
        get("/events/{id}?after_sequence=0&sse=false", headers={"last-event-id": "1000"}),
        get("/events/{id}?after_sequence=0", headers={"last-event-id": "junk"}), get("/events/{id}?after_sequence=1&after_sequence=-1"),
        get("/events/{id}?after_sequence=1.0"), post("/events/{id}", {"event": {"type": "StopEvent", "value": {}}}),
        post("/handlers/{id}/cancel"), post("/handlers/{id}/cancel?purge=1"), post("/handlers/{id}/cancel?purge=TRUE"), get("/handlers/{id}"), get("/events/{id}"),
    ])
CASES.append([post("/workflows/fan_out/run", {"start_event": {"pieces": 1, "seconds": 0}}), get(f"/events/{{id}}?{ALL}")])

# Continuation: the state is handed over, ids begin anew.
AGAIN = {"start_event": GREET, "handler_id": "{id}"}
CASES.append([
    post("/workflows/greeting/run", {"start_event": GREET}), post("/workflows/greeting/run", AGAIN),
    post("/workflows/greeting/run", AGAIN), get(f"/events/{{id}}?{ALL}"),
    post("/workflows/progress/run", {"start_event": {"steps": 1}, "handler_id": "{id}"}), get(f"/events/{{id}}?{ALL}"),
    post("/workflows/failing/run", {"handler_id": "{id}"}), post("/workflows/greeting/run", AGAIN),
])

# Asking a human.
CASES.append([
    start("interview"), events_until(4), get("/handlers/{id}"), get("/results/{id}"),
    post("/workflows/greeting/run-nowait", AGAIN), post("/workflows/nope/run-nowait", AGAIN),
    answer("HumanResponseEvent", response="Ada"), events_until(10), answer("HumanResponseEvent", response="unexpected"), events_until(12),
    answer("InputRequiredEvent"), events_until(13), answer("StopEvent", result=3), events_until(15),
    post("/events/{id}", {"event": {"type": "Answer", "value": {"choice": "tea"}}, "step": "serve"}),
    get(f"/events/{{id}}?{ALL}"), get("/events/{id}?after_sequence=-1"), get("/handlers/{id}"),
])
# Several calls ask at once in an order of their own; one alone has the same order on both servers.
CASES.append([
    start("approvals", {"calls": 1}), events_until(6), answer("Permission", call=1, allow=True), events_until(8),
    post("/events/{id}", {"event": {"type": "Permission", "value": {"allow": True}}}), answer("Permission", call=0, allow=True),
    get(f"/events/{{id}}?{ALL}"), get("/handlers/{id}"),
])
CASES.append([start("interview"), events_until(4), answer("HumanResponseEvent"), get(f"/events/{{id}}?{ALL}")])
CASES.append([
    start("interview"), events_until(4), answer("HumanResponseEvent", _data={"response": "Bob"}), events_until(10), post("/handlers/{id}/cancel"),
    get(f"/events/{{id}}?{ALL}"), get("/handlers/{id}"),
])
CASES += bodies("/events/{id}", [
    '{"event":{"type":"Answer","value":{}}}', '{"event":{"type":"Answer","value":{"choice":5}}}', '{"event":{"type":"Answer"}}',
    '{"event":{"type":"Nope","value":{}}}', '{"event":{"type":"Progress","value":{}}}', '{"event":[1]}', '{"event":"abc"}', "{}", "[]", "xx", "", "null", '"x"',
    '{"event":{"type":"Answer","value":"str"}}', '{"event":{"type":"Answer","value":null}}', '{"event":{"value":{}}}',
    '{"event":{"qualified_name":"demos.Answer","value":{}}}', '{"event":{"qualified_name":"demos.Nope","value":{}}}',
    '{"event":{"type":5,"value":{}}}', '{"event":{"type":5,"qualified_name":[]}}', '{"event":{"type":"Answer","value":{"choice":"a"}},"step":"nostep"}',
    '{"event":{"type":"Answer","value":{"choice":"a"}},"step":"ask_drink"}', '{"event":{"type":"Answer","value":{"choice":"a"}},"step":5}',
    '{"event":{"choice":"a"}}', '{"event":0}', '{"event":5}', '{"event":true}', '{"event":""}', '{"event":{}}',
    '{"event":"{\\"type\\":\\"Answer\\",\\"data\\":{}}"}', '{"event":{"type":"Answer","value":[]}}',
    '{"event":{"type":null,"qualified_name":null,"value":{}}}', '{"event":{"type":"","value":{}}}',
], [start("interview")])
CASES += [[post("/events/nope", {"event": {"type": "Answer", "value": {}}})]]

# Runs without an end.
CASES.append([
    start("endless", {"per_second": 20}), get("/events/{id}?after_sequence=-1", until=3), get("/handlers/{id}"),
    post("/handlers/{id}/cancel?purge=true"), get("/handlers/{id}"),
])
