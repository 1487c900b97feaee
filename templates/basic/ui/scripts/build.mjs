// `npm run build`: the interface as files, into `dist/`, for any static server and below any path.
//
// Where trunk is missing, as on LlamaCloud, whose build has Node and no Rust, the `dist/` that is there is used: build it at home and
// commit it. Either way its page is told where it is deployed.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { NO_TRUNK, fail, forTrunk, relative, settings, told } from './settings.mjs';

const place = settings();
const page = join(process.cwd(), 'dist', 'index.html');

// In release unless somebody wants it otherwise.
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
writeFileSync(page, told(relative(html), place));
console.log(`dist/ is ready${place.name ? ` for ${place.name}` : ''}.`);
