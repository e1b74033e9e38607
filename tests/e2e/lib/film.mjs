// The demo's film, made once, and programs that are run to their end.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const films = path.join(root, 'build/lesson');

// Runs a program to its end: what it printed and its exit status.
export function run(command, words) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { cwd: root });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => (out += text));
    child.stderr.on('data', (text) => (err += text));
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, out, err }));
  });
}

export async function film(codec) {
  const file = path.join(films, `lesson-${codec}.mkv`);
  if (!existsSync(file)) {
    const made = await run(path.join(root, 'scripts/make_lesson'), [films]);
    assert.equal(made.status, 0, made.err);
  }
  return file;
}
