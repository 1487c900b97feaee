// Reads each case with its own EventSource, several at a time, and posts the events in batches.
'use strict';

/// A stream that neither ends nor breaks is given up after this.
const PATIENCE = 20_000;

function read(origin, [seed, names]) {
  return new Promise((done) => {
    const source = new EventSource(`${origin}/case/${seed}`);
    const events = [];
    let ours = true;
    const end = (note) => {
      clearTimeout(timer);
      source.close();
      done({ seed, events, note });
    };
    const timer = setTimeout(() => end('neither an end nor an error'), PATIENCE);
    for (const name of names) {
      source.addEventListener(name, (event) => {
        // An event may be called `error` or `open` as well; only the connection's own have no data.
        if (event instanceof MessageEvent) events.push([event.type, event.data, event.lastEventId]);
      });
    }
    source.onerror = (event) => {
      if (!(event instanceof MessageEvent)) end(ours ? undefined : 'ended twice');
      ours = false;
    };
  });
}

async function work(origin, cases, results) {
  for (let next = cases.shift(); next; next = cases.shift()) results.push(await read(origin, next));
}

async function main() {
  for (;;) {
    const { origins, lanes, cases } = await (await fetch('batch')).json();
    if (cases.length === 0) return;
    const results = [];
    const workers = origins.flatMap((origin) => Array.from({ length: lanes }, () => work(origin, cases, results)));
    await Promise.all(workers);
    await fetch('results', { method: 'POST', body: JSON.stringify(results) });
  }
}

main();
