// The API of the page for tests and benchmarks: `Probe` of the WASM module, and the loops it is compared with.
import init, { Probe } from './probe.js';

// When this tab requested event streams, and when signals of its runs changed (epoch, ms).
window.streamTimes = [];
window.changeTimes = [];
const realFetch = window.fetch;
window.fetch = (address, ...rest) => {
  if (/\/events\/[^/]*\?/.test(String(address))) window.streamTimes.push(Date.now());
  return realFetch(address, ...rest);
};

const wasm = await init();
window.Probe = Probe;

/// Watches runs with one client, the page's `probe`, and keeps the times of changes.
window.watchAll = (ids) => {
  window.probe = new Probe('', '{"shared":true}');
  let last = 0;
  for (const id of ids) window.probe.watch(id);
  setInterval(() => {
    const total = JSON.parse(window.probe.state()).reduce((sum, run) => sum + run.events, 0);
    if (total > last) window.changeTimes.push(Date.now());
    last = total;
  }, 25);
};

/// Resolves when every run has ended and is read to its end.
window.allEnded = (ids) => Promise.all(ids.map((id) => window.probe.when(id, 1, true)));

/// Starts a run, and gives how long the answer took in ms.
window.post = async () => {
  const begin = performance.now();
  const answer = await fetch('/workflows/greeting/run-nowait', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ start_event: { name: 'Ada' } }),
    signal: AbortSignal.timeout(20_000),
  });
  await answer.text();
  if (!answer.ok) throw new Error(`the POST was answered with ${answer.status}`);
  return performance.now() - begin;
};

/// What an app without us would write: fetch, split, parse. Gives what it took, in ms, and its longest task.
window.bareLoop = async (url, keep = false) => {
  const watched = window.watchFrames();
  const begin = performance.now();
  const reader = (await fetch(url)).body.getReader();
  const decoder = new TextDecoder();
  const kept = [];
  let rest = '';
  let count = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const frames = (rest + decoder.decode(value, { stream: true })).split('\n\n');
    rest = frames.pop();
    for (const frame of frames) {
      const line = frame.split('\n').find((it) => it.startsWith('data: '));
      if (!line) continue;
      const event = JSON.parse(line.slice(6));
      count += 1;
      if (keep) kept.push(event);
    }
  }
  const ms = performance.now() - begin;
  return { ms, count, kept: kept.length, ...(await watched.stop()) };
};

/// The same, and what was parsed is kept, as whoever shows it must.
window.keepingLoop = (url) => window.bareLoop(url, true);

/// The same without looking at a byte: how fast they come at all.
window.emptyLoop = async (url) => {
  const begin = performance.now();
  const reader = (await fetch(url)).body.getReader();
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.length;
  }
  return { ms: performance.now() - begin, bytes, task: 0 };
};

/// Bytes of WebAssembly memory.
window.wasmBytes = () => wasm.memory.buffer.byteLength;

/// Watches frames and long tasks until `stop` is called, which tells them.
window.watchFrames = () => {
  const frames = [];
  const tasks = [];
  let on = true;
  const tick = (now) => {
    frames.push(now);
    if (on) requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  const observer = new PerformanceObserver((list) => {
    for (const it of list.getEntries()) tasks.push(it.duration);
  });
  observer.observe({ type: 'longtask' });
  return {
    stop: async () => {
      // The last tasks are reported a little later.
      await new Promise((done) => setTimeout(done, 100));
      on = false;
      observer.disconnect();
      const gaps = frames.slice(1).map((at, index) => at - frames[index]);
      return { frame: Math.max(0, ...gaps), task: Math.max(0, ...tasks), tasks: tasks.length };
    },
  };
};

/// One round of a measurement: watches a run of the flood until the signal with its last event. The events stay
/// in `kept`.
window.ingest = async (id, events) => {
  window.kept = new Probe('', JSON.stringify({ log_bytes: 4_000_000_000 }));
  const watched = window.watchFrames();
  const begin = performance.now();
  kept.watch(id);
  const first = await kept.when(id, 1, false);
  const end = await kept.when(id, events, false);
  const { frame, task, tasks } = await watched.stop();
  return { ms: end - begin, first: first - begin, frame, task, tasks };
};

/// Watches a run of the flood by several components until the signal with its last event. Returns how often each of them was
/// notified, and the maximum within one animation frame.
window.watchMany = async (id, events, components) => {
  window.kept = new Probe('', JSON.stringify({ log_bytes: 4_000_000_000 }));
  const begin = performance.now();
  kept.watch(id);
  kept.watch_also(id, components - 1);
  let [most, on, before] = [0, true, kept.changes()];
  const tick = () => {
    const now = kept.changes();
    for (const [at, count] of now.entries()) most = Math.max(most, count - before[at]);
    before = now;
    if (on) requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  const end = await kept.when(id, events, true);
  // Includes the frame of the last event.
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  on = false;
  return { ms: end - begin, notified: Math.max(...kept.changes()), most };
};

document.title = 'ready';
