// `npm run build`: builds the interface into `dist/`, for any static server and any path.
//
// Without trunk it uses the existing `dist/`: LlamaCloud builds with Node and without Rust, so build locally and commit `dist/`. In both
// cases it writes the deployment's name and path into the page.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { NO_TRUNK, fail, forTrunk, relative, settings, withDeployment } from './settings.mjs';

const place = settings();
const page = join(process.cwd(), 'dist', 'index.html');

// A release build unless the arguments say otherwise.
const env = forTrunk({ TRUNK_BUILD_RELEASE: process.env.TRUNK_BUILD_RELEASE ?? 'true' });
const built = spawnSync('trunk', ['build', ...process.argv.slice(2)], { stdio: 'inherit', env });
if (built.error?.code === 'ENOENT') {
  if (!existsSync(page)) {
    fail(`${NO_TRUNK} There is no dist/ that was built elsewhere either: run this where Rust is, and commit dist/.`, 127);
  }
  console.log('trunk is not on PATH: taking the dist/ that was built before.');
} else if (built.error) {
  fail(`trunk can't be started: ${built.error.message}`);
} else if (built.status !== 0) {
  process.exit(built.status ?? 1);
}

const html = readFileSync(page, 'utf8');
if (html.includes('.well-known/trunk/ws')) {
  fail('dist/ holds a development build of `trunk serve`: run `npm run build` where trunk is.');
}
writeFileSync(page, withDeployment(relative(html), place));
console.log(`dist/ is ready${place.name ? ` for ${place.name}` : ''}.`);
