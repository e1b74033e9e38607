import assert from 'node:assert/strict';
import test from 'node:test';
import { Freezes } from '../src/class/freezes';

test('a picture that stands is counted while it stands, second by second', () => {
  const freezes = new Freezes();
  freezes.update(0, 0, 0, null);
  for (let s = 2; s <= 40; s++) {
    freezes.update(s * 1000, 0, 0, 1000);
    assert.deepEqual([freezes.count, freezes.seconds], [1, s - 1]);
  }
});

test('what the browser counts when it is over is not counted twice', () => {
  const freezes = new Freezes();
  freezes.update(5000, 2, 1.5, 1000);
  assert.deepEqual([freezes.count, freezes.seconds], [3, 5.5]);
  freezes.update(5500, 2, 1.5, null); // the browser needs a moment
  assert.equal(freezes.count, 3);
  freezes.update(6000, 3, 6, null);
  assert.deepEqual([freezes.count, freezes.seconds], [3, 6]);
  freezes.update(9000, 3, 6, null);
  assert.deepEqual([freezes.count, freezes.seconds], [3, 6]);
});

test('a freeze that ends with its connection is kept, and counts never shrink', () => {
  const freezes = new Freezes();
  freezes.update(5000, 0, 0, 1000);
  let [count, seconds] = [freezes.count, freezes.seconds];
  for (let now = 5500; now < 20_000; now += 500) {
    const stands = now > 8000 && now < 12_000 ? 8000 : null;
    freezes.update(now, 0, 0, stands);
    assert.ok(freezes.count >= count && freezes.seconds >= seconds - 1e-9);
    [count, seconds] = [freezes.count, freezes.seconds];
  }
  assert.equal(freezes.count, 2);
  assert.ok(freezes.seconds > 8);
});
