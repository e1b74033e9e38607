// Libraries that could draw the pages' lists, side by side: node bench/view_library/run.mjs [--rounds 3]
//
// Each candidate draws the same list of 200 questions (candidates/, page.js) under the pages' own content security
// policy: Chromium with its processor slowed down four times, as an old phone's, and Firefox. Candidates take turns.
// Bytes are those of a bundle of the list and its library, made as web/build.mjs makes the pages.
//
// Result: bench/results/view_library.json. Exit status 1 when a candidate draws the list wrongly. 5 to 10 min.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const folder = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(folder, '../..');
const e2e = path.join(root, 'tests/e2e');
for (const cwd of [folder, e2e]) {
  if (existsSync(path.join(cwd, 'node_modules'))) continue;
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--silent'], { cwd, stdio: 'inherit' });
}
const { build } = await import('esbuild');
const { chromium, firefox, close } = await import(path.join(e2e, 'lib/browsers.mjs'));

const { values: options } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } });
const rounds = Number(options.rounds);
const kSlower = 4;

const source = readFileSync(path.join(root, 'server/io/http_files.cpp'), 'utf8');
const declared = /kContentSecurityPolicy =\s*((?:"[^"]*"\s*)+);/.exec(source)[1];
const policy = [...declared.matchAll(/"([^"]*)"/g)].map(([, text]) => text).join('');
const policies = { pages: policy, trusted_types: `${policy}; require-trusted-types-for 'script'` };

const names = readdirSync(path.join(folder, 'candidates')).map((name) => path.parse(name).name);
const libraries = {
  lit: 'lit-html',
  preact: 'preact',
  preact_plain: 'preact',
  solid: 'solid-js',
};

async function bundle(contents) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['chrome90', 'firefox90', 'safari15'],
    write: false,
  });
  return Buffer.from(outputFiles[0].contents);
}

function describe(name) {
  if (!(name in libraries)) return {};
  const file = path.join(folder, 'node_modules', libraries[name], 'package.json');
  const { version, license } = JSON.parse(readFileSync(file, 'utf8'));
  return { library: libraries[name], version, license };
}

const scripts = new Map();
const result = {};
const versions = {};
for (const name of names) {
  const bytes = await bundle(`export { open } from './candidates/${name}.js'`);
  result[name] = {
    ...describe(name),
    bytes: {
      raw: bytes.length,
      gzip: gzipSync(bytes, { level: 9 }).length,
      brotli: brotliCompressSync(bytes).length,
    },
  };
  const offering = `import { open } from './candidates/${name}.js'; import { offer } from './page.js'; offer(open);`;
  scripts.set(`/${name}.js`, await bundle(offering));
}

const style = `
  body { width: 340px; font: 16px sans-serif }
  li { display: grid; grid-template-columns: 1fr 3em 5em; contain: content }
  i { height: 4px; background: green }
  .new { animation: glow 1000s }
  @keyframes glow { from { background: yellow } }`;

// /{candidate}/{policy}: a page that holds nothing but the candidate.
const server = http.createServer(({ url }, response) => {
  const [, name, kind] = url.split('/');
  const isPage = kind in policies;
  const type = isPage ? 'text/html' : url.endsWith('.css') ? 'text/css' : 'text/javascript';
  response.setHeader('content-type', `${type}; charset=utf-8`);
  if (isPage) response.setHeader('content-security-policy', policies[kind]);
  const html =
    '<!doctype html><html lang="en"><title>list</title><link rel="icon" href="data:,">' +
    `<link rel="stylesheet" href="/style.css"><body><script type="module" src="/${name}.js"></script>`;
  response.end(isPage ? html : url.endsWith('.css') ? style : scripts.get(url));
});
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));

async function withPage(browser, name, kind, slower, action) {
  const page = await browser.newPage({ type: 'window' }); // a hidden tab lays nothing out
  try {
    if (slower > 1) await page.emulateCPUThrottling(slower);
    await page.goto(`http://127.0.0.1:${server.address().port}/${name}/${kind}`);
    await page.waitForFunction('window.candidate !== undefined');
    return await action(page);
  } finally {
    await page.close();
  }
}

const ask = (what) => (page) => page.evaluate(`candidate.${what}()`);

// One question a change: on a busy machine all of them together outlast the driver's patience.
async function timesOf(page) {
  const times = {};
  for (const change of await page.evaluate('candidate.changes')) {
    times[change] = await page.evaluate(`candidate.times(${JSON.stringify(change)})`);
  }
  return times;
}

async function measure(browser, where, slower) {
  versions[where] = await browser.version();
  const taken = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      taken[name].push(await withPage(browser, name, 'pages', slower, timesOf));
    }
  }
  for (const name of names) {
    const under = {};
    for (const kind of Object.keys(policies)) {
      under[kind] = await withPage(browser, name, kind, 1, ask('check'));
    }
    const kept = await withPage(browser, name, 'pages', 1, ask('kept'));
    result[name][where] = { under_policy: under, kept, times: taken[name] };
    console.log(where, name, JSON.stringify(under));
  }
}

const chrome = await chromium({ media: false });
await measure(chrome, 'chromium', kSlower);
await close(chrome);
// Its clock is coarse on purpose, unless it is told not to be.
const fox = await firefox({ prefs: { 'privacy.reduceTimerPrecision': false } });
await measure(fox, 'firefox', 1);
await close(fox);
server.close();

// The rounds' median, least and most, and the facts about the machine, as every bench here gives them.
const writer = `
import json, sys
sys.dont_write_bytecode = True
import machine
result = machine.header("view_library") | json.load(sys.stdin)
for candidate in result["candidates"].values():
    for browser in ("chromium", "firefox"):
        candidate[browser]["times"] = machine.summary(candidate[browser]["times"])
machine.write(result, machine.ROOT / "bench/results/view_library.json")
`;
const input = JSON.stringify({
  browsers: versions,
  slower: { chromium: kSlower, firefox: 1 },
  policy,
  rounds,
  candidates: result,
});
execFileSync('python3', ['-c', writer], {
  cwd: path.join(root, 'bench'),
  input,
  stdio: ['pipe', 'inherit', 'inherit'],
});

const isRight = (name) =>
  ['chromium', 'firefox'].every(
    (browser) => result[name][browser].under_policy.pages.is_right === true,
  );
process.exit(names.every(isRight) ? 0 : 1);
