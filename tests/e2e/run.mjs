// Tests in real browsers: node tests/e2e/run.mjs [--quick] [--list] [file or part of a test's name ...]
// Needs build/release/lectern and build/web (or LECTERN, LECTERN_PAGES). Prints one line at its end.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = path.dirname(fileURLToPath(import.meta.url));
if (!existsSync(path.join(folder, 'node_modules/puppeteer-core'))) {
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--silent'], {
    cwd: folder,
    stdio: 'inherit',
  });
}

const isQuick = process.argv.includes('--quick');
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const { test, runAll } = await import('./lib/suite.mjs');
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.test.mjs'))
  .sort();
const fileOf = new Map();
for (const file of files) {
  const { default: define } = await import(`./${file}`);
  define((name, options, body) => {
    fileOf.set(name, file);
    test(name, options, body);
  });
}

const isWanted = ({ name, quick }) =>
  (!isQuick || quick) &&
  (wanted.length === 0 ||
    wanted.some((word) => name.includes(word) || fileOf.get(name).startsWith(word)));
if (process.argv.includes('--list')) {
  for (const [name, file] of fileOf) console.log(`${file}: ${name}`);
  process.exit(0);
}
const { passed, failed } = await runAll(isWanted);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
