// Bundles each *.test.ts with esbuild and hands the results to node's own test runner. (Node 18
// cannot read TypeScript, and only newer ones take patterns of names.)
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = path.dirname(fileURLToPath(import.meta.url));
const out = mkdtempSync(path.join(os.tmpdir(), 'lectern-web-test-'));
const sources = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
try {
  await build({
    entryPoints: sources.map((name) => path.join(folder, name)),
    outdir: out,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node18',
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  const built = sources.map((name) => path.join(out, name.replace(/\.ts$/, '.mjs')));
  const options = { stdio: 'inherit', cwd: path.dirname(folder) };
  process.exitCode = spawnSync(process.execPath, ['--test', ...built], options).status ?? 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}
