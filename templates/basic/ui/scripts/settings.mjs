// The environment variables of llamactl and LlamaCloud, and how the page gets them.
import { isIP } from 'node:net';

/** Exits with a message. */
export function fail(sentence, code = 1) {
  console.error(`error: ${sentence}`);
  process.exit(code);
}

/** The message if trunk is missing. */
export const NO_TRUNK =
  'trunk is not on PATH, which builds the interface. `cargo install --locked trunk --version 0.21.14` installs it, `rustup ' +
  'target add wasm32-unknown-unknown` what it compiles for.';

/**
 * The settings of the environment:
 *  - port: where to serve, from PORT;
 *  - base: the path below which the page is, with a slash at both ends, from LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH;
 *  - name, project: of the deployment;
 *  - cloud: the address of Agent Data, from LLAMA_CLOUD_BASE_URL; none: the page's own origin;
 *  - server: the port of the workflow server, if it is set;
 *  - hosts: further host names under which the development server may be reached, from WORKFLOW_UI_ALLOWED_HOSTS.
 */
export function settings(env = process.env) {
  const value = (name) => env[name]?.trim() || undefined;
  const number = (name, otherwise) => {
    const text = value(name);
    if (text === undefined) return otherwise;
    const port = Number(text);
    if (!/^\d+$/.test(text) || port < 1 || port > 65535) {
      fail(`${name} is \`${text}\`, which is not a port number.`);
    }
    return port;
  };
  const given = value('LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH') ?? '/';
  if (/:\/\/|[?#\s"'<>\\]/.test(given)) {
    fail(`LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH is \`${given}\`; it should be a path such as /deployments/app/ui.`);
  }
  const base = `/${given}/`.replace(/\/+/g, '/');
  if (!given.startsWith('/')) {
    console.error(
      `warning: LLAMA_DEPLOY_DEPLOYMENT_BASE_PATH is \`${given}\`, without a slash at its beginning; taken as ${base}`,
    );
  }
  // The older variable for the name is still set beside the newer one.
  let name = value('LLAMA_DEPLOY_DEPLOYMENT_NAME') ?? value('LLAMA_DEPLOY_DEPLOYMENT_URL_ID');
  if (!name && base !== '/') {
    name = base.match(/^\/deployments\/([^/]+)\//)?.[1];
    console.error(
      'warning: LLAMA_DEPLOY_DEPLOYMENT_NAME is not set; ' +
        (name ? `taken as ${name}, from the base path.` : 'the page takes the name of its deployment from its address.'),
    );
  }
  return {
    port: number('PORT', 4502),
    base,
    name,
    project: value('LLAMA_AGENTS_PROJECT_ID') ?? value('LLAMA_DEPLOY_PROJECT_ID'),
    cloud: address(value('LLAMA_CLOUD_BASE_URL')),
    server: number('LLAMA_DEPLOY_SERVER_PORT'),
    hosts: hostNames(value(ALLOWED_HOSTS)),
  };
}

const ALLOWED_HOSTS = 'WORKFLOW_UI_ALLOWED_HOSTS';

function address(text) {
  if (text && !/^https?:\/\/[^\s/?#@"'<>\\]+(\/[^\s?#"'<>\\]*)?$/.test(text)) {
    fail(`LLAMA_CLOUD_BASE_URL is \`${text}\`; it should be an address such as http://127.0.0.1:4600.`);
  }
  return text?.replace(/\/+$/, '');
}

function hostNames(text = '') {
  const names = text.toLowerCase().split(',').map((name) => name.trim()).filter(Boolean);
  for (const name of names) {
    if (!/^[\w-]+(\.[\w-]+)*$/.test(name)) {
      fail(`${ALLOWED_HOSTS} has \`${name}\`; it should be host names without scheme and port, separated by commas.`);
    }
  }
  return names;
}

/**
 * Why a request is refused; undefined when its `Host` is this machine, an IP address, or a name that was allowed. A page of another
 * site can give its own name the address of this machine (DNS rebinding), but no IP address and no name of this machine.
 */
export function refusal(request, { hosts }) {
  const given = request.rawHeaders.filter((text, at) => at % 2 === 0 && text.toLowerCase() === 'host').length;
  if (given !== 1) return `The request has ${given} Host headers; it must have exactly one.`;
  const host = request.headers.host.toLowerCase();
  const name = host.match(/^(\[[\da-f:.]+\]|[\w.-]+?)\.?(:\d{1,5})?$/)?.[1];
  const isKnown =
    name && (name === 'localhost' || name.endsWith('.localhost') || isIP(name.replace(/[[\]]/g, '')) || hosts.includes(name));
  if (isKnown) return undefined;
  return `The host ${JSON.stringify(host.slice(0, 100))} is not allowed. ${ALLOWED_HOSTS}=name allows it.`;
}

/**
 * The environment for trunk. The deployment is left out: the page reads it from `<meta>` elements, so that another name does not
 * recompile everything. So are the keys that llamactl adds, because a page is public.
 */
export function forTrunk(more, env = process.env) {
  const rest = { ...env };
  for (const name of Object.keys(rest)) {
    if (/^((PUBLIC|VITE|NEXT_PUBLIC)_)?LLAMA_(DEPLOY_(DEPLOYMENT|PROJECT)_|AGENTS_PROJECT_ID$|CLOUD_(API_KEY|BASE_URL)$)/.test(name)) {
      delete rest[name];
    }
  }
  // By convention any value counts, but trunk only accepts `true`.
  if (rest.NO_COLOR) rest.NO_COLOR = 'true';
  return { ...rest, ...more };
}

/** The page with `<meta>` elements for its deployment, replacing earlier ones. */
export function withDeployment(html, { base, name, project, cloud }) {
  const values = [
    ['deploy-base-path', base === '/' ? undefined : base.slice(0, -1)],
    ['deploy-deployment-name', name],
    ['deploy-project-id', project],
    ['cloud-base-url', cloud],
  ];
  const escaped = (text) => text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');
  const metas = values
    .filter(([, content]) => content)
    .map(([what, content]) => `<meta name="llama-${what}" content="${escaped(content)}">`);
  return html
    .replace(/<meta name="?llama-(deploy|cloud)-[^>]*>/g, '')
    .replace(/<head[^>]*>/i, (head) => head + metas.join(''));
}

/** The page with relative addresses of its own files, for any path. */
export function relative(html) {
  const built = html.match(/<link rel="modulepreload" href="([^"]*\/)[^"/]+\.js"/)?.[1];
  if (!built || built === './') return html;
  const literal = built.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return html.replace(new RegExp(`(["'])${literal}(?=\\w)`, 'g'), '$1./');
}
