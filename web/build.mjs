// Builds the pages into ../build/web (or the folder given): html at the top (with the icon in it),
// hashed scripts and styles under assets/, the licences of what others wrote in licenses.txt, and beside each file
// its .br and .gz. Fails when the student page outgrows its budget (docs/testing.md): a page on a 2G link is paid for
// byte by byte.
import { build } from 'esbuild';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = path.dirname(fileURLToPath(import.meta.url));
const out = path.resolve(process.argv[2] ?? path.join(root, '../build/web'));
const staging = `${out}.new`;
const pages = ['index', 'teach', 'watch'];
// Fetched by the pages when sound and picture are there (src/room_door.ts).
const parts = ['room'];

// Bytes, brotli. The page counts html (icon included) + script + style.
const budget = { script: 15 * 1024, page: 40 * 1024 };

const brotli = (bytes) =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });

async function bundle() {
  const result = await build({
    entryPoints: [...pages, ...parts].flatMap((page) => [
      path.join(root, `src/${page}.ts`),
      path.join(root, `css/${page}.css`),
    ]),
    outdir: path.join(staging, 'assets'),
    entryNames: '[name]-[hash]',
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['chrome90', 'firefox90', 'safari15'],
    metafile: true,
    logLevel: 'warning',
  });
  const names = {};
  const packages = new Set();
  for (const [file, { entryPoint, inputs }] of Object.entries(result.metafile.outputs)) {
    if (!entryPoint) continue;
    names[path.basename(entryPoint)] = `assets/${path.basename(file)}`;
    const used = packagesOf(inputs);
    if (entryPoint.endsWith('src/watch.ts') && used.size > 0) {
      throw new Error(`the student's first script carries ${[...used].join(', ')}`);
    }
    used.forEach((name) => packages.add(name));
  }
  return { names, packages };
}

// The names of the packages among a bundle's sources.
function packagesOf(inputs) {
  const found = Object.keys(inputs).map((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file));
  return new Set(found.filter(Boolean).map(([, name]) => name));
}

// Minified code has lost its authors' notices, which have to go with every copy.
async function writeLicenses(packages) {
  const texts = [...packages].sort().map(async (name) => {
    const text = await readFile(path.join(root, 'node_modules', name, 'LICENSE'), 'utf8');
    return `${name}\n\n${text.trim()}\n`;
  });
  await writeFile(path.join(staging, 'licenses.txt'), (await Promise.all(texts)).join('\n\n'));
}

// In the document itself: a request of its own costs more than the icon, and browsers ask twice when
// the address changes (a ticket leaves it).
async function iconAddress() {
  const icon = await readFile(path.join(root, 'html/icon.svg'), 'utf8');
  return `data:image/svg+xml,${icon.trim().replace(/"/g, "'").replace(/[#<>]/g, encodeURIComponent)}`;
}

// Addresses in the pages are relative: the server may live below a path (docs/protocol.md, P105).
async function writePages(names) {
  const icon = await iconAddress();
  for (const page of pages) {
    const up = page === 'index' ? '' : '../';
    const html = await readFile(path.join(root, `html/${page}.html`), 'utf8');
    const filled = html.replace(/\{\{(.+?)\}\}/g, (_, name) => {
      if (name === 'icon') return icon;
      if (!names[name]) throw new Error(`${page}.html names ${name}, which was not built`);
      return `${up}${names[name]}`;
    });
    await writeFile(path.join(staging, `${page}.html`), filled.replace(/\n\s+/g, '\n'));
  }
}

async function compress(folder) {
  const sizes = {};
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      Object.assign(sizes, await compress(file));
      continue;
    }
    const bytes = await readFile(file);
    const br = brotli(bytes);
    await writeFile(`${file}.br`, br);
    await writeFile(`${file}.gz`, gzipSync(bytes, { level: 9 }));
    sizes[path.relative(staging, file)] = { raw: bytes.length, br: br.length };
  }
  return sizes;
}

function checkBudget(names, sizes) {
  const script = sizes[names['watch.ts']].br;
  const page = ['watch.ts', 'watch.css'].reduce(
    (sum, name) => sum + sizes[names[name]].br,
    sizes['watch.html'].br,
  );
  for (const [file, { raw, br }] of Object.entries(sizes)) {
    console.log(
      `${file.padEnd(32)} ${String(raw).padStart(7)} B ${String(br).padStart(6)} B brotli`,
    );
  }
  console.log(
    `student page: script ${script} of ${budget.script} B, all ${page} of ${budget.page} B`,
  );
  if (script > budget.script || page > budget.page) {
    throw new Error('the student page is over its budget');
  }
}

await rm(staging, { recursive: true, force: true });
await mkdir(path.join(staging, 'assets'), { recursive: true });
const { names, packages } = await bundle();
await writePages(names);
await writeLicenses(packages);
checkBudget(names, await compress(staging));
await rm(out, { recursive: true, force: true });
await rename(staging, out);
