// The twin of tests/size with the peer's library: starts a run, watches it and lists its siblings.
import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import {
  ApiProvider,
  createWorkflowsClient,
  createWorkflowsConfig,
  useHandler,
  useHandlers,
  useWorkflow,
} from '@llamaindex/ui';

const clients = { workflowsClient: createWorkflowsClient(createWorkflowsConfig({ baseUrl: location.origin })) };

function App() {
  const [id, setId] = useState(null);
  const [error, setError] = useState(null);
  const { createHandler } = useWorkflow('greeting');
  const { state } = useHandler(id);
  const list = useHandlers({ query: { workflow_name: ['greeting'] } });
  const start = () => createHandler({ name: 'Ada' }).then((it) => setId(it.handler_id), (it) => setError(String(it)));
  return (
    <>
      <button onClick={start}>Greet</button>
      <p>{error}</p>
      <p>
        {state.status} {Object.keys(list.state.handlers).length}
      </p>
      <pre>{JSON.stringify(state.result)}</pre>
    </>
  );
}

createRoot(document.getElementById('root')).render(
  <ApiProvider clients={clients}>
    <App />
  </ApiProvider>,
);
