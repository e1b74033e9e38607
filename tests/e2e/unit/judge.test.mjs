import assert from 'node:assert/strict';
import test from 'node:test';
import { checkPicture, checkSound, ownGap } from '../lib/judge.mjs';

// Times of pictures, 50 ms apart for 10 s, but none from `from` on for `ms`.
function stream(...pauses) {
  const times = Array.from({ length: 200 }, (_, i) => i * 50);
  return times.filter((time) => !pauses.some(([from, ms]) => time > from && time < from + ms));
}

function seenBy(shown) {
  return {
    ...{ shown, frames: shown.length - 1, fps: (shown.length - 1) / 10, bad: 0 },
    ...{ ages: shown.map(() => 80), decoded: shown.length, energy: 1, concealedMs: 0 },
  };
}

const judge = (shown, reference, sentFps = 20) => () =>
  checkPicture('student', seenBy(shown), { reference: seenBy(reference), sentFps });

test('a pause of the machine stops both streams and is not counted', () => {
  assert.equal(ownGap(stream([2000, 900]), stream([2100, 900])), 133);
  judge(stream([2000, 900]), stream([2100, 900]))();
});

test('a pause of the student alone is counted in full', () => {
  assert.equal(ownGap(stream([2000, 700]), stream()), 700);
  assert.throws(judge(stream([2000, 700]), stream()), /stood still for 700 ms/);
});

test('a pause of the machine at another time excuses nothing', () => {
  assert.throws(judge(stream([2000, 700]), stream([6000, 900])), /stood still for 700 ms/);
});

test('a shorter pause of the machine excuses its own part', () => {
  assert.throws(judge(stream([2000, 900]), stream([2000, 300])), /stood still for 733 ms/);
});

test('pictures a second are those of the encoder and of the direct tabs', () => {
  const slow = stream().filter((_, i) => i % 4 === 0);
  assert.throws(judge(slow, stream()), /4.9 of 19.9 pictures a second/);
  judge(slow, slow)();
  judge(slow, stream(), 6)();
});

test('nothing to compare with is a failure', () => {
  assert.throws(judge(stream(), stream(), Number.NaN), /nothing to compare with/);
});

test('sound that is patched beyond what the direct tabs patch is a failure', () => {
  const seen = { energy: 1, concealedMs: 300 };
  checkSound('student', seen, 10_000, { reference: { patchedMs: 150 } });
  assert.throws(() => checkSound('student', seen, 10_000), /300 ms of sound patched/);
});
