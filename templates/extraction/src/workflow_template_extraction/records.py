"""The records in Agent Data: LlamaCloud's store, or `workflow-debugger --agent-data`."""

from __future__ import annotations

import os
from typing import Any

from llama_cloud import AsyncLlamaCloud

# On LlamaCloud the variable is set. `_public` is the store of the whole project.
DEPLOYMENT = os.environ.get("LLAMA_DEPLOY_DEPLOYMENT_NAME", "_public")
COLLECTION = "invoices"


def client() -> AsyncLlamaCloud:
    """Reads LLAMA_CLOUD_API_KEY and LLAMA_CLOUD_BASE_URL."""
    project = os.environ.get("LLAMA_AGENTS_PROJECT_ID") or os.environ.get("LLAMA_DEPLOY_PROJECT_ID")
    # Repeated after a lost answer, a create would make a second record.
    return AsyncLlamaCloud(max_retries=0, default_headers={"Project-Id": project} if project else None)


async def replace(record: dict[str, Any]) -> str:
    """Stores a record in the place of those of the same file. Returns its id."""
    where = {"deployment_name": DEPLOYMENT, "collection": COLLECTION}
    async with client() as cloud:
        records = cloud.beta.agent_data
        item = await records.create(**where, data=record)
        # Only now: when the create fails, the record before is still there.
        before = {"file_hash": {"eq": record["file_hash"]}, "created_at": {"lt": item.created_at}}
        await records.delete_by_query(**where, filter=before)
        return str(item.id)
