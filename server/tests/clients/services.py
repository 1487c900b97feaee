"""`llama-cloud-services` 0.6.94: python services.py BASE SCENARIO COLLECTION. Prints what it read as one line of JSON."""

import asyncio
import json
import sys
import warnings
from typing import Any

warnings.simplefilter("ignore")

from llama_cloud.core.api_error import ApiError  # noqa: E402
from llama_cloud_services.beta.agent_data import AsyncAgentDataClient, ExtractedData  # noqa: E402
from pydantic import BaseModel, ConfigDict  # noqa: E402

BASE, SCENARIO, COLLECTION = sys.argv[1:]


class Row(BaseModel):
    model_config = ConfigDict(extra="allow")
    n: int


def plain(row: Any) -> Any:
    return row.model_dump()


async def main() -> None:
    scenario = json.load(open(SCENARIO, encoding="utf-8"))
    client = AsyncAgentDataClient(type=Row, deployment_name="app", collection=COLLECTION, base_url=BASE, token="secret")
    made = [await client.create_item(Row(**record)) for record in scenario["records"]]
    out: dict[str, Any] = {"created": [plain(item.data) for item in made]}
    out["got"] = plain((await client.get_item(made[1].id)).data)
    changed = await client.update_item(made[0].id, Row(**scenario["update"]))
    out["updated"] = plain(changed.data)
    assert changed.created_at == made[0].created_at and changed.updated_at > made[0].updated_at

    async def numbers(**question: Any) -> list[int]:
        return [item.data.n for item in (await client.search(page_size=100, **question)).items]

    out["filters"] = [await numbers(filter=it, order_by="n") for it in scenario["filters"]]
    out["orders"] = [await numbers(order_by=it) for it in scenario["orders"]]
    pages = [await client.search(order_by="data.n", page_size=2, offset=offset, include_total=True) for offset in (0, 2, 4)]
    out["offsets"] = [[item.data.n for item in page.items] for page in pages]
    out["total"] = pages[0].total
    assert [page.has_more for page in pages] == [True, True, False]
    out["aggregates"] = []
    for question in scenario["aggregates"]:
        page = await client.aggregate(**question)
        out["aggregates"].append([[it.group_key, it.count, it.first_item and it.first_item.n] for it in page.items])
    out["deleted"] = await client.delete(scenario["delete"])
    await client.delete_item(made[0].id)
    try:
        await client.get_item(made[0].id)
    except ApiError as error:
        out["missing"] = error.status_code
    out["rest"] = await numbers(order_by="n")
    # Review records.
    notes = {"name": {"confidence": 0.5, "citation": [{"page": 1, "matching_text": "A"}]}, "items": [{"q": {"confidence": 0.9, "reasoning": "r"}}]}
    extracted = ExtractedData[dict].create(data={"name": "A", "items": [{"q": 1}]}, field_metadata=notes, file_hash="h", file_name="n.pdf")
    review = AsyncAgentDataClient(type=ExtractedData[dict], deployment_name="app", collection=f"{COLLECTION}-review", base_url=BASE, token="secret")
    out["extracted"] = (await review.create_item(extracted)).data.model_dump()
    print(json.dumps(out))


asyncio.run(main())
