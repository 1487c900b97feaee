"""The control plane's own routes (llama-agents-core), over deployments that are made up: the real service needs Kubernetes.

A token is required: `Bearer secret`.
"""

import sys
from collections.abc import AsyncGenerator
from datetime import datetime, timezone

import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException
from llama_agents.core import schema
from llama_agents.core.schema.deployments import DeploymentEvent, ReleaseHistoryItem
from llama_agents.core.server.manage_api import (
    AbstractDeploymentsService,
    AbstractPublicDeploymentsService,
    DeploymentNotFoundError,
    ReplicaSetNotFoundError,
    create_v1beta1_deployments_router,
)

WHEN = datetime(2026, 11, 30, 3, 0, tzinfo=timezone.utc)


def deployment(name: str, status: str, **more: object) -> schema.DeploymentResponse:
    return schema.DeploymentResponse(
        id=name,
        display_name=name.capitalize(),
        repo_url=f"https://github.com/example/{name}",
        deployment_file_path="pyproject.toml",
        git_ref="main",
        git_sha="4f0c1c0d5a1b2c3d4e5f60718293a4b5c6d7e8f9",
        project_id="p1",
        status=status,
        appserver_version="0.12.2",
        **more,
    )


DEPLOYMENTS = {
    it.id: it
    for it in (
        deployment("greeter", "Running", apiserver_url=sys.argv[2] if len(sys.argv) > 2 else "https://greeter.example.org"),
        deployment("reviewer", "RolloutFailed", warning="The new pods do not start", apiserver_url="https://reviewer.example.org"),
        deployment("sleeper", "Suspended", suspended=True),
        deployment("newcomer", "Teleporting"),
    )
}


class Public(AbstractPublicDeploymentsService):
    async def get_version(self) -> schema.VersionResponse:
        return schema.VersionResponse(version="0.10.2", requires_auth=True, capabilities=["organizations"])


class Service(AbstractDeploymentsService):
    async def get_organizations(self) -> schema.OrganizationsListResponse:
        one = schema.OrgSummary(org_id="o1", org_name="Example", is_default=True)
        return schema.OrganizationsListResponse(organizations=[one])

    async def get_projects(self, org_id=None) -> schema.ProjectsListResponse:
        one = schema.ProjectSummary(project_id="p1", project_name="Default", deployment_count=4, org_id="o1")
        return schema.ProjectsListResponse(projects=[one])

    async def get_deployments(self, project_id) -> schema.DeploymentsListResponse:
        found = [it for it in DEPLOYMENTS.values() if it.project_id == project_id]
        return schema.DeploymentsListResponse(deployments=found)

    async def get_deployment(self, project_id, deployment_id, include_events=False) -> schema.DeploymentResponse:
        found = DEPLOYMENTS.get(deployment_id)
        if found is None:
            raise DeploymentNotFoundError(f"Deployment {deployment_id} not found")
        if not include_events:
            return found
        event = DeploymentEvent(
            message="Back-off restarting failed container", reason="BackOff", type="Warning", last_timestamp=WHEN, count=3
        )
        return found.model_copy(update={"events": [event]})

    async def get_deployment_history(self, project_id, deployment_id) -> schema.DeploymentHistoryResponse:
        item = ReleaseHistoryItem(git_sha="4f0c1c0d5a1b2c3d4e5f60718293a4b5c6d7e8f9", image_tag="0.12.2", released_at=WHEN)
        return schema.DeploymentHistoryResponse(deployment_id=deployment_id, history=[item])

    def stream_deployment_logs(
        self, project_id, deployment_id, include_init_containers=False, since_seconds=None, tail_lines=None, follow=True
    ) -> AsyncGenerator[schema.LogEvent, None]:
        if deployment_id not in DEPLOYMENTS:
            raise DeploymentNotFoundError(f"Deployment {deployment_id} not found")
        if DEPLOYMENTS[deployment_id].suspended:
            raise ReplicaSetNotFoundError("No ReplicaSet yet")

        async def lines() -> AsyncGenerator[schema.LogEvent, None]:
            for n in range(min(3, tail_lines or 3)):
                yield schema.LogEvent(pod="greeter-1", container="app", text=f"line {n}", timestamp=WHEN)

        return lines()

    async def refused(self, *_args: object, **_kwargs: object) -> None:
        raise HTTPException(status_code=405, detail="This control plane is read-only")

    validate_repository = create_deployment = delete_deployment = refused
    update_deployment = rollback_deployment = handle_git_request = refused


async def signed_in(authorization: str | None = Header(default=None)) -> None:
    if authorization != "Bearer secret":
        raise HTTPException(status_code=401, detail="Not signed in", headers={"WWW-Authenticate": "Bearer"})


app = FastAPI()
app.include_router(create_v1beta1_deployments_router(Service(), Public(), dependencies=[Depends(signed_in)]))
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
