import assert from 'node:assert/strict';
import test from 'node:test';
import { LinkWatch } from '../src/link/link_watch';

test('a link that moves bytes is fine', () => {
  const watch = new LinkWatch();
  for (let now = 0; now < 20_000; now += 500) {
    watch.onBytes(now, 1 + now);
    assert.equal(watch.verdict(now), 'fine');
  }
});

test('a short hole in ICE heals by itself, a long one is a loss', () => {
  const watch = new LinkWatch();
  watch.onState(0, 'disconnected');
  assert.equal(watch.verdict(1400), 'fine');
  watch.onState(1400, 'connected');
  assert.equal(watch.verdict(5000), 'fine');
  watch.onState(6000, 'disconnected');
  watch.onState(6500, 'disconnected');
  assert.equal(watch.verdict(7500), 'disconnected');
});

test('a failed connection is lost at once and for good', () => {
  const watch = new LinkWatch();
  watch.onState(0, 'failed');
  watch.onState(1, 'connected');
  assert.equal(watch.verdict(2), 'failed');
});

test('silence asks after 1.5 s, again each 2 s, and gives up after 10 s', () => {
  const watch = new LinkWatch();
  watch.onBytes(0, 100);
  const asked: number[] = [];
  let lostAt = 0;
  for (let now = 0; now <= 12_000 && lostAt === 0; now += 500) {
    watch.onBytes(now, 100);
    const verdict = watch.verdict(now);
    if (verdict === 'ask') asked.push(now);
    if (verdict === 'silent') lostAt = now;
  }
  assert.deepEqual(asked, [1500, 3500, 5500, 7500, 9500]);
  assert.equal(lostAt, 10_000);
});

test('nothing expected, nothing missed: a teacher may switch everything off', () => {
  const watch = new LinkWatch();
  watch.onBytes(0, 100);
  for (let now = 500; now < 30_000; now += 500) {
    watch.onBytes(now, null);
    assert.equal(watch.verdict(now), 'fine');
  }
  watch.onBytes(30_000, 100);
  assert.equal(watch.verdict(31_000), 'fine', 'the clock starts when media is expected again');
  assert.equal(watch.verdict(31_500), 'ask');
});

test('bytes again after silence: fine, and the next silence asks anew', () => {
  const watch = new LinkWatch();
  watch.onBytes(0, 100);
  assert.equal(watch.verdict(1500), 'ask');
  watch.onBytes(1600, 200);
  assert.equal(watch.verdict(1700), 'fine');
  assert.equal(watch.verdict(3100), 'ask');
});
