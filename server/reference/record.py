"""Records what the real server answers: schemas, event classes and graphs to src/demos/recorded/, the answers to cases.py to answers.json.

Needs `llama-agents-server` installed. Ids, times and measured durations are replaced by fixed words. The tests of the embedded server
compare its answers with these.
"""

from __future__ import annotations

import http.client
import json
import pathlib
import re
import socket
import subprocess
import sys
import time
import urllib.parse
from typing import Any

from cases import CASES, Request

HERE = pathlib.Path(__file__).parent
# Not the CORS headers: the real server lets every origin read its answers, the embedded one does not.
SHOWN = ("content-type",)


def normal(text: str) -> str:
    text = re.sub(r'"(handler_id|run_id)":"[^"]*"', r'"\1":"ID"', text)
    text = re.sub(r'"(started_at|updated_at|completed_at)":"[^"]*"', r'"\1":"TIME"', text)
    text = re.sub(r'"elapsed_seconds":[0-9.e-]+', '"elapsed_seconds":0', text)
    text = re.sub(r"Handler '[^']*' is already", "Handler 'ID' is already", text)
    text = re.sub(r"errors\.pydantic\.dev/[0-9.]+/", "errors.pydantic.dev/VERSION/", text)
    # The server keeps the classes in a set: their order changes from start to start.
    return re.sub(r"Expected one of ([\w, ]+)", lambda it: "Expected one of " + ", ".join(sorted(it[1].split(", "))), text)


def ask(base: str, request: Request, handler_id: str) -> dict[str, Any]:
    where = urllib.parse.urlsplit(base)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
    body = request.get("body")
    connection.request(
        request["method"], request["path"].replace("{id}", handler_id),
        body=None if body is None else body.replace("{id}", handler_id).encode(), headers=({} if body is None else {"content-type": "application/json"}) | request.get("headers", {}),
    )
    answer = connection.getresponse()
    text, frames = b"", 0
    if "until" in request:
        while frames < request["until"]:
            line = answer.readline()
            text += line
            frames += line == b"\n"
    else:
        text = answer.read()
    connection.close()
    headers = {name: answer.getheader(name) for name in SHOWN if answer.getheader(name) is not None}
    # A 204 has no body to name the type of; the real server names one nevertheless.
    if answer.status == 204:
        headers.pop("content-type", None)
    return {"status": answer.status, "headers": headers, "body": text.decode()}


def answers(base: str) -> list[list[dict[str, Any]]]:
    answered_cases = []
    for case in CASES:
        handler_id, answered = "", []
        for request in case:
            answer = ask(base, request, handler_id)
            found = re.search(r'^{"handler_id":"([^"]*)"', answer["body"])
            handler_id = found[1] if found else handler_id
            answered.append({**answer, "body": normal(answer["body"])})
        answered_cases.append(answered)
    return answered_cases


def record() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    server = subprocess.Popen([sys.executable, str(HERE / "demos.py"), str(port)], cwd=HERE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            time.sleep(0.1)
            try:
                names = json.loads(ask(base, {"method": "GET", "path": "/workflows"}, "")["body"])["workflows"]
                break
            except OSError:
                continue
        else:
            sys.exit("the server did not start")
        out = HERE.parent / "src" / "demos" / "recorded"
        out.mkdir(exist_ok=True)
        for name in names:
            parts = {
                part: json.loads(ask(base, {"method": "GET", "path": f"/workflows/{name}/{part}"}, "")["body"])
                for part in ("schema", "events", "representation")
            }
            text = json.dumps(parts, ensure_ascii=False, indent=1)
            # The server reports where a resource is written, which differs between machines.
            (out / f"{name}.json").write_text(text.replace(str(HERE / "demos.py"), "/srv/app/demos.py") + "\n", encoding="utf-8")
        answered_cases = answers(base)
        recorded = [
            [{**request, "answer": answer} for request, answer in zip(case, answered, strict=True)]
            for case, answered in zip(CASES, answered_cases, strict=True)
        ]
        lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in recorded)
        (HERE / "answers.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
        print(f"{len(names)} workflows, {sum(map(len, recorded))} answers")
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    record()
