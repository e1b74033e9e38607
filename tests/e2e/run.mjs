// Tests in real browsers:
// node tests/e2e/run.mjs [--quick] [--long] [--list] [--repeat N] [file or part of a name ...]
// Needs build/release/lectern and build/web (or LECTERN, LECTERN_PAGES). Prints one line at its end.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const folder = path.dirname(fileURLToPath(import.meta.url));
if (!existsSync(path.join(folder, 'node_modules/puppeteer-core'))) {
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--silent'], {
    cwd: folder,
    stdio: 'inherit',
  });
}

const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean' },
    long: { type: 'boolean' },
    list: { type: 'boolean' },
    repeat: { type: 'string', default: '1' },
  },
});
const repeat = Number(options.repeat);
if (!Number.isInteger(repeat) || repeat < 1) throw new Error('--repeat takes a number from 1 up');
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

const isWanted = ({ name, quick, long }) =>
  (!options.quick || quick) &&
  (options.long || !long) &&
  (wanted.length === 0 ||
    wanted.some((word) => name.includes(word) || fileOf.get(name).startsWith(word)));
if (options.list) {
  for (const [name, file] of fileOf) console.log(`${file}: ${name}`);
  process.exit(0);
}
const flaky = JSON.parse(readFileSync(path.join(folder, 'flaky.json'), 'utf8'));
const { passed, failed } = await runAll(isWanted, { flaky, repeat });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
