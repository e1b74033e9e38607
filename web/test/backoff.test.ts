import assert from 'node:assert/strict';
import test from 'node:test';
import { Backoff } from '../src/base/backoff';

const middle = () => 0.5;

test('[P50] the first try comes within 300 ms, then 500 ms doubles to 5 s', () => {
  const backoff = new Backoff(middle);
  const waits = Array.from({ length: 7 }, () => backoff.next());
  assert.deepEqual(waits, [150, 500, 1000, 2000, 4000, 5000, 5000]);
});

test('[P50] each wait is jittered by half of itself either way', () => {
  for (const [random, first, second] of [
    [0, 0, 250],
    [0.999999, 300, 750],
  ] as const) {
    const backoff = new Backoff(() => random);
    assert.ok(Math.abs(backoff.next() - first) < 1);
    assert.ok(Math.abs(backoff.next() - second) < 1);
  }
});

test('[P50] after a success it starts over', () => {
  const backoff = new Backoff(middle);
  for (let i = 0; i < 5; i++) backoff.next();
  backoff.reset();
  assert.equal(backoff.next(), 150);
});

test('a thousand failures do not overflow', () => {
  const backoff = new Backoff(middle);
  let last = 0;
  for (let i = 0; i < 1000; i++) last = backoff.next();
  assert.equal(last, 5000);
});
