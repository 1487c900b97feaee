// `npm run dev`: trunk's development server behind `llamactl serve`.
//
// trunk reads none of llamactl's variables and has four problems behind it:
//  - llamactl forwards a GET with an empty chunked body; trunk leaves it unread and cuts downloads short;
//  - llamactl forwards `<base>/` as `<base>`, where trunk serves nothing;
//  - the reload socket would connect to trunk's port instead of the page's host;
//  - trunk answers nothing before its first build is done.
// So this script listens on the port that llamactl expects and runs trunk behind it. Requests outside of the base path go to the
// workflow server, so you can also open this port directly.
import http from 'node:http';
import net from 'node:net';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { NO_TRUNK, fail, forTrunk, refusal, settings, withDeployment } from './settings.mjs';

const HOST = '127.0.0.1';
const place = settings();
const { base, port } = place;
const inner = await freePort();
/** The last lines of trunk's output, for the page that is shown before the first build. */
const words = [];

const server = http.createServer((request, response) => {
  const refused = refusal(request, place);
  if (refused) {
    response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
    return response.end(`${refused}\n`);
  }
  const toTrunk = isBelow(request.url);
  if (toTrunk || !place.server) forward(request, response);
  else pass(request, response);
});
server.on('upgrade', tunnel);
server.on('error', (error) => {
  if (error.code === 'EADDRINUSE') {
    fail(`port ${port} is in use, perhaps by an interface that was left running: end it, or name another port by PORT (\`llamactl serve --ui-port\`).`);
  }
  fail(`can't listen on port ${port}: ${error.message}`);
});
await new Promise((listening) => server.listen(port, HOST, listening));
console.log(`The interface is at http://${HOST}:${port}${base} once its first build is done.`);

const trunk = spawn('trunk', ['serve', ...process.argv.slice(2)], {
  stdio: ['ignore', 'pipe', 'pipe'],
  env: forTrunk({
    TRUNK_BUILD_PUBLIC_URL: base,
    TRUNK_SERVE_PORT: String(inner),
    TRUNK_SERVE_ADDRESS: HOST,
    // Not `dist/`: a development build with its reload script must not be deployed.
    TRUNK_BUILD_DIST: process.env.TRUNK_BUILD_DIST ?? join(process.cwd(), 'target', 'dev'),
  }),
});
trunk.on('error', (error) => fail(error.code === 'ENOENT' ? NO_TRUNK : `trunk can't be started: ${error.message}`, 127));
trunk.on('exit', (code) => process.exit(code ?? 1));
for (const [from, to] of [[trunk.stdout, process.stdout], [trunk.stderr, process.stderr]]) {
  from.on('data', (data) => {
    to.write(data);
    words.push(...data.toString().replace(/\x1b\[[0-9;]*m/g, '').split('\n').filter(Boolean));
    words.splice(0, words.length - 20);
  });
}

function stop() {
  trunk.kill();
  process.exit(0);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
// llamactl ends npm but not this process, so end when the parent process is gone.
const parent = process.ppid;
setInterval(() => process.ppid !== parent && stop(), 1000).unref();

function freePort() {
  return new Promise((found, failed) => {
    const probe = net.createServer().once('error', failed);
    probe.listen(0, HOST, () => {
      const { port } = probe.address();
      probe.close(() => found(port));
    });
  });
}

/** Whether an address belongs to the interface, not to the workflow server. */
function isBelow(url) {
  const path = url.split('?')[0];
  if (base === '/') return !/^\/(deployments|events|handlers|health|workflows)(\/|$)/.test(path);
  return path.startsWith(base) || `${path}/` === base;
}

/** trunk's path for a request: trunk serves the base only with its trailing slash. */
function mapped(url) {
  const path = url.split('?')[0];
  return `${path}/` === base ? base + url.slice(path.length) : url;
}

/** Forwards to trunk: reads the body first, and adds the deployment's `<meta>` elements to pages. */
function forward(request, response) {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('error', () => response.destroy());
  request.on('end', () => {
    const body = Buffer.concat(pieces);
    const headers = { ...request.headers, 'accept-encoding': 'identity' };
    for (const name of ['transfer-encoding', 'content-length', 'connection']) delete headers[name];
    if (body.length) headers['content-length'] = body.length;
    const options = { host: HOST, port: inner, method: request.method, path: mapped(request.url), headers };
    const asked = http.request(options, (answer) => {
      const isPage = answer.headers['content-type']?.startsWith('text/html');
      if (!isPage || request.method === 'HEAD') {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
        answer.on('error', () => response.destroy());
        return;
      }
      const page = [];
      answer.on('data', (piece) => page.push(piece));
      answer.on('error', () => response.destroy());
      answer.on('end', () => {
        const html = withDeployment(Buffer.concat(page).toString(), place);
        const headers = { ...answer.headers, 'cache-control': 'no-store' };
        for (const name of ['content-length', 'transfer-encoding']) delete headers[name];
        response.writeHead(answer.statusCode, headers);
        // trunk writes the host of its request, which is not the host that the browser uses.
        response.end(html.replace(/const address = (['"`]).*?\1/, 'const address = window.location.host'));
      });
    });
    asked.on('error', () => (response.headersSent ? response.destroy() : notYet(response)));
    asked.end(body);
  });
}

function notYet(response) {
  const escaped = words.join('\n').replace(/&/g, '&amp;').replace(/</g, '&lt;');
  const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store', 'retry-after': '1' };
  response.writeHead(503, headers);
  response.end(`<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="1">
<meta name="color-scheme" content="light dark"><title>Building the interface</title>
<body style="font: 14px/1.5 system-ui; max-width: 100ch; margin: 48px auto; padding: 0 16px">
<h1 style="font-size: 16px">Building the interface…</h1><p>The first build takes some minutes. This page reloads by itself.</p>
<pre style="white-space: pre-wrap; opacity: 0.7">${escaped}</pre></body></html>`);
}

/** Forwards to the workflow server without buffering, because events are streamed. */
function pass(request, response) {
  const headers = { ...request.headers, host: `${HOST}:${place.server}` };
  const options = { host: HOST, port: place.server, method: request.method, path: request.url, headers };
  const asked = http.request(options, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  asked.on('error', () => {
    if (response.headersSent) return response.destroy();
    response.writeHead(502, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ detail: `No server of workflows answers on port ${place.server}.` }));
  });
  response.on('close', () => asked.destroy());
  request.pipe(asked);
}

/** Forwards WebSockets by connecting both sockets. */
function tunnel(request, socket, head) {
  socket.on('error', () => socket.destroy());
  const refused = refusal(request, place);
  if (refused) return socket.end(`HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-type: text/plain\r\n\r\n${refused}\n`);
  const to = isBelow(request.url) || !place.server ? inner : place.server;
  const other = net.connect(to, HOST, () => {
    const lines = [`${request.method} ${request.url} HTTP/1.1`];
    for (let at = 0; at < request.rawHeaders.length; at += 2) {
      lines.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}`);
    }
    other.write(`${lines.join('\r\n')}\r\n\r\n`);
    other.write(head);
    other.pipe(socket);
    socket.pipe(other);
  });
  other.on('error', () => socket.destroy());
  socket.on('close', () => other.destroy());
}
