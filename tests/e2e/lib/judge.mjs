// What a student must see and hear. Time is judged against a picture that comes from the teacher's page
// directly in the same seconds: what stops them as well is the machine's doing. Figures in, verdicts out: no browser.
import assert from 'node:assert/strict';
import { median } from './wait.mjs';

const kLongestGapMs = 500;
// Two pictures at 15 a second, as a direct stream on a quiet machine has it.
const kUsualGapMs = 133;
// How far apart the same pause of the machine may show in two windows.
const kNearMs = 500;
const kOldestMs = 1000;
const kPatchedShare = 0.02;

// The longest gap between pictures shown at `shown`, less what the reference stood still around it.
export function ownGap(shown, reference) {
  let longest = 0;
  for (let i = 1; i < shown.length; i++) {
    const [from, to] = [shown[i - 1], shown[i]];
    if (to - from <= longest) continue;
    let pause = 0;
    for (let k = 1; k < reference.length; k++) {
      if (reference[k] < from - kNearMs || reference[k - 1] > to + kNearMs) continue;
      pause = Math.max(pause, reference[k] - reference[k - 1] - kUsualGapMs);
    }
    longest = Math.max(longest, to - from - pause);
  }
  return longest;
}

// `reference`: what came directly meanwhile; `sentFps`: what the teacher's browser encoded of
// this picture; `share` of the lesser of both must be shown.
export function checkPicture(who, seen, { reference, sentFps, share = 0.6 }) {
  assert.ok(
    seen.ages.length > 0.9 * seen.frames,
    `${who}: ${seen.bad} of ${seen.frames} clocks unread`,
  );
  const possible = Math.min(reference.fps, sentFps);
  assert.ok(possible > 0, `${who}: nothing to compare with`);
  assert.ok(
    seen.fps >= share * possible,
    `${who}: ${seen.fps.toFixed(1)} of ${possible.toFixed(1)} pictures a second`,
  );
  assert.ok(seen.decoded > 0, `${who}: nothing was decoded`);
  assert.ok(Math.min(...seen.ages) > -50, `${who}: the clock runs ahead`);
  const age = median(seen.ages) - median(reference.ages);
  assert.ok(age < kOldestMs, `${who}: the clock is ${age} ms older than directly`);
  const gap = ownGap(seen.shown, reference.shown);
  assert.ok(
    gap <= kLongestGapMs,
    `${who}: stood still for ${gap.toFixed(0)} ms more than the machine did`,
  );
}

export function checkSound(who, seen, ms, { reference } = {}) {
  assert.ok(seen.energy > 1e-4, `${who}: no sound (energy ${seen.energy})`);
  const patched = seen.concealedMs - (reference?.patchedMs ?? 0);
  assert.ok(patched < kPatchedShare * ms, `${who}: ${patched.toFixed(0)} ms of sound patched`);
}
