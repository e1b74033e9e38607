import assert from 'node:assert/strict';
import test from 'node:test';
import { Counters, Pulse, Rate } from '../src/link/counters';

test('totals go on across connections', () => {
  const counters = new Counters();
  counters.update({ bytes: 100, freezes: 1 });
  counters.update({ bytes: 250, freezes: 1 });
  counters.rollOver();
  assert.equal(counters.total('bytes'), 250);
  counters.update({ bytes: 40, freezes: 0 });
  assert.equal(counters.total('bytes'), 290);
  assert.equal(counters.total('freezes'), 1);
  counters.rollOver();
  counters.update({ bytes: 5 });
  assert.equal(counters.total('bytes'), 295);
});

test('a report that lacks a stream for a moment takes nothing away', () => {
  const counters = new Counters();
  counters.update({ bytes: 100 });
  counters.update({ bytes: 0 });
  counters.update({ bytes: Number.NaN });
  assert.equal(counters.total('bytes'), 100);
});

test('an unknown counter is zero', () => {
  assert.equal(new Counters().total('nothing'), 0);
});

test('a rate needs two readings, is per second, and starts anew when the counter does', () => {
  const rate = new Rate();
  assert.equal(rate.update(1000, 500), null);
  assert.equal(rate.update(2000, 1500), 1000);
  assert.equal(rate.update(2100, 99_999), 1000, 'too soon to say anything new');
  assert.equal(rate.update(3000, 10), null, 'a new connection');
  assert.equal(rate.update(3500, 60), 100);
});

test('a pulse moves while its counter does, and a little longer', () => {
  const pulse = new Pulse(2500);
  pulse.update(0, 0);
  assert.equal(pulse.isMoving(0), false, 'nothing has come yet');
  pulse.update(500, 10);
  pulse.update(1000, 10);
  assert.equal(pulse.isMoving(2900), true);
  assert.equal(pulse.isMoving(3000), false);
  pulse.update(3500, 3);
  assert.equal(pulse.isMoving(3600), true, 'a new connection');
  pulse.update(4000, 0);
  assert.equal(pulse.isMoving(6100), false);
});

test('a pulse may be doubted sooner', () => {
  const pulse = new Pulse(2500);
  pulse.update(1000, 5);
  assert.ok(pulse.isMoving(2300));
  assert.ok(!pulse.isMoving(2300, 1200));
});
