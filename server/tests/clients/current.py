"""`llama-cloud` 2.19.0: python current.py BASE SCENARIO COLLECTION. Prints what it read as one line of JSON."""

import json
import sys
from typing import Any

import llama_cloud
from llama_cloud import LlamaCloud

BASE, SCENARIO, COLLECTION = sys.argv[1:]
scenario = json.load(open(SCENARIO, encoding="utf-8"))
client = LlamaCloud(api_key="secret", base_url=BASE).beta.agent_data
where: dict[str, Any] = {"deployment_name": "app", "collection": COLLECTION}


def given(**question: Any) -> dict[str, Any]:
    return {key: value for key, value in question.items() if value is not None}


def numbers(page: Any) -> list[int]:
    return [item.data["n"] for item in page.items]


made = [client.create(**where, data=record) for record in scenario["records"]]
out: dict[str, Any] = {"created": [item.data for item in made]}
out["got"] = client.get(made[1].id).data
changed = client.update(made[0].id, data=scenario["update"])
out["updated"] = changed.data
assert changed.created_at == made[0].created_at and changed.updated_at > made[0].updated_at
for name in ("filters", "new_filters"):
    out[name] = [numbers(client.search(**where, page_size=100, order_by="n", **given(filter=it))) for it in scenario[name]]
out["orders"] = [numbers(client.search(**where, page_size=100, **given(order_by=it))) for it in scenario["orders"]]
out["offsets"] = [numbers(client.search(**where, order_by="data.n", page_size=2, offset=offset)) for offset in (0, 2, 4)]
first = client.search(**where, order_by="data.n", page_size=2, include_total=True)
out["total"] = first.total_size
out["tokens"] = [item.data["n"] for item in client.search(**where, order_by="age desc, n", page_size=2)]
out["tokens_with_offset"] = [item.data["n"] for item in client.search(**where, order_by="n", page_size=2, offset=1)]
out["aggregates"] = [
    [[it.group_key, it.count, it.first_item and it.first_item["n"]] for it in client.aggregate(**where, page_size=2, **question)]
    for question in scenario["aggregates"]
]
out["deleted"] = client.delete_by_query(**where, filter=scenario["delete"]).deleted_count
client.delete(made[0].id)
try:
    client.get(made[0].id)
except llama_cloud.NotFoundError as error:
    out["missing"] = error.status_code
for question in ({"filter": {"a": {"like": "x"}}}, {"offset": 1001}, {"page_size": 0}):
    try:
        client.search(**where, **question)
        raise AssertionError(f"{question} is not refused")
    except llama_cloud.UnprocessableEntityError as error:
        assert isinstance(error.body, dict) and error.body["detail"][0]["loc"][0] == "body", error.body
out["rest"] = numbers(client.search(**where, order_by="n"))
print(json.dumps(out))
