"""A workflow server that keeps its runs in the store: python stored_runs.py BASE PORT"""

import asyncio
import sys

from llama_agents.server import AgentDataStore, WorkflowServer
from workflows import Context, Workflow, step
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent


class Progress(Event):
    n: int


class Greeting(Workflow):
    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> InputRequiredEvent:
        for n in range(3):
            ctx.write_event_to_stream(Progress(n=n))
        await ctx.store.set("seen", 3)
        return InputRequiredEvent(prefix="name?")  # type: ignore[call-arg]

    @step
    async def greet(self, ctx: Context, ev: HumanResponseEvent) -> StopEvent:
        return StopEvent(result=f"hi {ev.response} {await ctx.store.get('seen')}")


async def main() -> None:
    store = AgentDataStore(base_url=sys.argv[1], api_key="secret", project_id="p-1", deployment_name="app")
    server = WorkflowServer(workflow_store=store)
    server.add_workflow("greeting", Greeting(timeout=86_400))
    await server.serve(host="127.0.0.1", port=int(sys.argv[2]))


asyncio.run(main())
