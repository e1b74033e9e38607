import assert from 'node:assert/strict';
import test from 'node:test';
import { Patience } from '../src/link/patience';

test('[P106] nothing known, or a good link: the shortest deadlines', () => {
  const patience = new Patience(null);
  assert.deepEqual(
    [patience.answerMs, patience.openMs, patience.requestMs, patience.connectMs],
    [4000, 8000, 12_000, 4000],
  );
  assert.deepEqual([patience.decodeMs, patience.overlapMs], [1500, 2000]);
  for (let i = 0; i < 20; i++) patience.measured(150);
  assert.deepEqual(
    [patience.decodeMs, patience.overlapMs, patience.answerMs, patience.requestMs],
    [1500, 2000, 4000, 12_000],
  );
});

test('[P106] GPRS, 3 to 7 s a round trip: every deadline is beyond what is usual, and has an end', () => {
  const patience = new Patience(null);
  for (let i = 0; i < 50; i++) patience.measured(i % 2 === 0 ? 3000 : 7000);
  for (const ms of [patience.answerMs, patience.openMs, patience.requestMs, patience.connectMs]) {
    assert.ok(ms >= 20_000 && ms <= 60_000, String(ms));
  }
  assert.deepEqual([patience.decodeMs, patience.overlapMs], [15_000, 20_000]);
});

test('[P106] a deadline that passes doubles the next, an answer ends that', () => {
  const patience = new Patience(null);
  patience.missed();
  assert.equal(patience.answerMs, 8000);
  for (let i = 0; i < 9; i++) patience.missed();
  assert.equal(patience.answerMs, 16_000);
  patience.measured(50);
  assert.equal(patience.answerMs, 4000);
});

test('[P106] the browser’s own belief is a beginning', () => {
  assert.ok(new Patience(2000).answerMs > 8000);
});
