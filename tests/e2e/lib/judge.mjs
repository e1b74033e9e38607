// What a student must see and hear. Time is judged against two tabs that talk to each other directly in
// the same seconds: what stops them as well is the machine's doing.
import assert from 'node:assert/strict';
import { directTabs } from './direct.mjs';
import { measureFor, median, until } from './wait.mjs';

const kLongestGapMs = 500;
// Two pictures at 20 a second: a direct stream on a quiet machine has such gaps.
const kUsualGapMs = 100;
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

// `reference`: what the direct tabs showed meanwhile; `sentFps`: what the teacher's browser encoded of
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

// Pictures a second that the teacher's browser encodes, by width, looked at each second of `ms`.
async function encoded(teacher, ms) {
  const rates = new Map();
  for (const end = Date.now() + ms; Date.now() < end; ) {
    await measureFor(1000);
    for (const { track, width, fps } of (await teacher.stats()).encodings) {
      if (track !== 'camera' || fps === 0) continue;
      rates.set(width, [...(rates.get(width) ?? []), fps]);
    }
  }
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return (width) => mean(rates.get(width) ?? [...rates.values()].flat());
}

// What the students see in `ms`, and the direct tabs, in the same seconds.
export async function observeBeside(tabs, teacher, students, ms) {
  const patched = await tabs.patchedMs();
  await tabs.summary();
  const [sent, ...all] = await Promise.all([
    encoded(teacher, ms),
    ...students.map((student) => student.observe(ms)),
  ]);
  const seen = await tabs.summary();
  const took = (seen.shown.at(-1) - seen.shown[0]) / 1000;
  const reference = { ...seen, fps: seen.frames / took };
  reference.patchedMs = (await tabs.patchedMs()) - patched;
  return all.map((seen) => ({ ...seen, sentFps: sent(seen.width), reference }));
}

export function tell(context, who, seen) {
  const { reference } = seen;
  const gap = (shown) => Math.max(0, ...shown.slice(1).map((time, i) => time - shown[i])).toFixed(0);
  context.note(
    `${who}: ${seen.fps.toFixed(1)}/s of ${seen.sentFps.toFixed(1)}, ${seen.width} wide, ` +
      `age ${median(seen.ages)} ms, longest gap ${gap(seen.shown)} ms ` +
      `(own ${ownGap(seen.shown, reference.shown).toFixed(0)}), ` +
      `patched ${seen.concealedMs.toFixed(0)} ms, ${seen.after.rung} (${seen.after.reason}); ` +
      `directly ${reference.fps.toFixed(1)}/s, ${median(reference.ages)} ms, ` +
      `${gap(reference.shown)} ms, ${reference.patchedMs.toFixed(0)} ms`,
  );
}

// The direct tabs, when they run, in the browser of this actor.
export async function referenceBeside(actor) {
  const tabs = await directTabs(actor.page.browser(), new URL(actor.page.url()).origin);
  await until('the direct tabs run', 15_000, async () => (await tabs.frames()) > 20);
  return tabs;
}

// Everybody watches for `ms` at the same time. The first student's browser is a Chromium.
export async function watchAll(context, teacher, students, ms, { sound = true, share } = {}) {
  for (const student of students) await student.follow();
  const tabs = await referenceBeside(students[0]);
  await Promise.all(students.map((student) => student.untilSettled()));
  const all = await observeBeside(tabs, teacher, students, ms);
  await tabs.close();
  all.forEach((seen, i) => {
    const who = `student ${i} (worker ${students[i].worker})`;
    tell(context, who, seen);
    checkPicture(who, seen, { ...seen, share });
    if (sound) checkSound(who, seen, ms, seen);
  });
  return all;
}
