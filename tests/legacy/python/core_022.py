"""llama-deploy 0.2.2: a message queue, the control plane, and one workflow as a service."""

import asyncio
import sys

from llama_deploy import (
    ControlPlaneConfig,
    SimpleMessageQueueConfig,
    WorkflowServiceConfig,
    deploy_core,
    deploy_workflow,
)
from llama_index.core.workflow import Context, Event, StartEvent, StopEvent, Workflow, step


class Progress(Event):
    n: int


class Greet(Workflow):
    @step()
    async def go(self, ctx: Context, ev: StartEvent) -> StopEvent:
        for n in range(5):
            ctx.write_event_to_stream(Progress(n=n))
            await asyncio.sleep(0.2)
        if ev.get("boom", None):
            raise ValueError("kaput")
        if ev.get("obj", None):
            return StopEvent(result={"a": 1})
        return StopEvent(result=f"Hello {ev.get('name', 'nobody')}")


async def main() -> None:
    control, queue, service = (int(port) for port in sys.argv[1:4])
    plane = ControlPlaneConfig(port=control)
    core = asyncio.create_task(deploy_core(plane, SimpleMessageQueueConfig(port=queue)))
    # It registers once, and fails if the control plane does not answer yet.
    await asyncio.sleep(4)
    config = WorkflowServiceConfig(host="127.0.0.1", port=service, service_name="greet")
    workflow = asyncio.create_task(deploy_workflow(Greet(), config, plane))
    await asyncio.gather(core, workflow)


asyncio.run(main())
