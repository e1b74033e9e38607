import assert from 'node:assert/strict';
import test from 'node:test';
import { Runner } from '../lib/runner.mjs';

// Tests whose attempts end as `outcomes` says by name; what is not said passes.
function runnerOf(outcomes, flaky) {
  const lines = [];
  const attempts = [];
  const attempt = async ({ name }) => {
    attempts.push(name);
    return outcomes[name]?.shift() ?? true;
  };
  const runner = new Runner({ attempt, flaky, print: (line) => lines.push(line) });
  return { runner, lines, attempts };
}

const named = (...names) => names.map((name) => ({ name }));

test('a test that passes at its second try only has failed, and is named', async () => {
  const { runner, lines } = runnerOf({ a: [false, true] });
  assert.deepEqual(await runner.run(named('a', 'b')), { passed: 1, failed: 1 });
  assert.equal(lines.at(-1), '1 needed a second try: a');
});

test('a listed one has passed, and is still named with its reason', async () => {
  const { runner, lines } = runnerOf({ a: [false, true] }, { a: 'issue 9: the ball is round' });
  assert.deepEqual(await runner.run(named('a')), { passed: 1, failed: 0 });
  assert.ok(lines.some((line) => line.includes('the ball is round')));
  assert.equal(lines.at(-1), '1 needed a second try: a');
});

test('a listed one that fails twice has failed', async () => {
  const { runner, lines } = runnerOf({ a: [false, false] }, { a: 'issue 9' });
  assert.deepEqual(await runner.run(named('a')), { passed: 0, failed: 1 });
  assert.doesNotMatch(lines.join('\n'), /needed a second try/);
});

test('a good test runs once', async () => {
  const { runner, attempts } = runnerOf({});
  assert.deepEqual(await runner.run(named('a')), { passed: 1, failed: 0 });
  assert.deepEqual(attempts, ['a']);
});

test('a listed test that does not exist fails, and so does one without a reason', () => {
  const { runner, lines } = runnerOf({}, { gone: 'issue 9', a: ' ', b: 'issue 9' });
  runner.checkFlaky(named('a', 'b'));
  assert.deepEqual(runner.counts, { passed: 0, failed: 2 });
  assert.match(lines[0], /gone: no such test/);
  assert.match(lines[1], /a: no reason/);
});

test('a repeated test has no second try: each failure counts', async () => {
  const { runner, attempts } = runnerOf({ a: [false, true, false] });
  assert.deepEqual(await runner.run(named('a'), { repeat: 4 }), { passed: 2, failed: 2 });
  assert.equal(attempts.length, 4);
});

test('a skipped test is neither, and is named with its reason', async () => {
  const { runner, lines, attempts } = runnerOf({});
  assert.deepEqual(await runner.run([{ name: 'a', skip: 'no build' }]), { passed: 0, failed: 0 });
  assert.deepEqual(attempts, []);
  assert.deepEqual(lines, ['1 skipped: a (no build)']);
});
