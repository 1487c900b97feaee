// What `bench hooks --peer` drives: the library's own way to watch a run and to keep what it brings, the batcher included.
import { useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import {
  ApiProvider,
  createWorkflowsClient,
  createWorkflowsConfig,
  useHandler,
  useStreamEventBatcher,
} from '@llamaindex/ui';

const clients = { workflowsClient: createWorkflowsClient(createWorkflowsConfig({ baseUrl: location.origin })) };

function Run({ id, events, first, done }) {
  const { subscribeToEvents } = useHandler(id);
  const { items, push } = useStreamEventBatcher();
  useEffect(() => {
    const stream = subscribeToEvents({ onData: push }, { afterSequence: -1, includeInternal: true });
    return () => stream.unsubscribe();
  }, [id]);
  useEffect(() => {
    if (items.length > 0) first();
    if (items.length >= events) done();
  }, [items.length]);
  return <p>{items.length}</p>;
}

/// Bytes of WebAssembly memory.
window.wasmBytes = () => 0;

/// One round: watches a run until the state holds its last event. What was read stays in the mounted component.
window.ingest = async (id, events) => {
  const tasks = [];
  const observer = new PerformanceObserver((list) => {
    for (const it of list.getEntries()) tasks.push(it.duration);
  });
  observer.observe({ type: 'longtask' });
  const root = createRoot(document.getElementById('root'));
  window.kept = { free: () => root.unmount() };
  const begin = performance.now();
  let firstAt = 0;
  await new Promise((done) => {
    const first = () => (firstAt ||= performance.now());
    root.render(
      <ApiProvider clients={clients}>
        <Run id={id} events={events} first={first} done={done} />
      </ApiProvider>,
    );
  });
  const ms = performance.now() - begin;
  // The tasks of the last moment are told a little later.
  await new Promise((done) => setTimeout(done, 100));
  observer.disconnect();
  return { ms, first: firstAt - begin, task: Math.max(0, ...tasks), tasks: tasks.length };
};

document.title = 'ready';
