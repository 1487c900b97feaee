import { useState } from "react";
import "workflow-ui";
import type { WorkflowEventMap } from "workflow-ui";
import type {} from "workflow-ui/react";
import type { WorkflowProvider } from "workflow-ui";

// The same lines as in settings.js, so that TypeScript checks them.
function settings(provider: WorkflowProvider | null) {
  if (!provider) return;
  provider.token = async () => sessionStorage.getItem("token");
  provider.headers = () => ({ "X-Team": "blue" });
  provider.baseUrl = null;
}

export function App() {
  const [dispatched, setDispatched] = useState<string[]>([]);
  const [handlerId, setHandlerId] = useState<string>();
  const [isLast, setIsLast] = useState(false);
  const [isThere, setIsThere] = useState(true);
  const log = (event: WorkflowEventMap[keyof WorkflowEventMap]) =>
    setDispatched((dispatched) => [...dispatched, `${event.type} ${JSON.stringify(event.detail)}`]);

  const run = isThere && (
    <workflow-run
      key="run"
      handlerId={handlerId ?? null}
      onworkflow-status={log}
      onworkflow-event={log}
      onworkflow-input-required={log}
      onworkflow-completed={log}
      onworkflow-failed={log}
    />
  );
  const note = <p key="note">Every run is asked for a name and a drink.</p>;
  return (
    <workflow-provider ref={settings}>
      <workflow-trigger
        workflow="interview"
        onworkflow-started={(event) => {
          log(event);
          setHandlerId(event.detail.handlerId);
        }}
      />
      {isLast ? [note, run] : [run, note]}
      <button onClick={() => setIsLast(true)}>Move</button>
      <button onClick={() => setIsThere(false)}>Remove</button>
      <ol id="dispatched">
        {dispatched.map((line, at) => (
          <li key={at}>{line}</li>
        ))}
      </ol>
    </workflow-provider>
  );
}
