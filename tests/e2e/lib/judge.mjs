// What a student must see and hear.
import assert from 'node:assert/strict';
import { median } from './wait.mjs';

const kLongestGapMs = 500;

// 20 pictures a second are sent; two quiet cores carry 20 to four students.
export function checkPicture(who, seen, { fps = 12 } = {}) {
  assert.ok(
    seen.ages.length > 0.9 * seen.frames,
    `${who}: ${seen.bad} of ${seen.frames} clocks unread`,
  );
  assert.ok(seen.fps >= fps, `${who}: ${seen.fps.toFixed(1)} pictures a second`);
  assert.ok(seen.decoded > 0, `${who}: nothing was decoded`);
  assert.ok(Math.min(...seen.ages) > -50, `${who}: the clock runs ahead`);
  assert.ok(median(seen.ages) < 1000, `${who}: the clock is ${median(seen.ages)} ms old`);
  assert.ok(
    seen.longestGap <= kLongestGapMs,
    `${who}: stood still for ${seen.longestGap.toFixed(0)} ms`,
  );
}

export function checkSound(who, seen, ms) {
  assert.ok(seen.energy > 1e-4, `${who}: no sound (energy ${seen.energy})`);
  assert.ok(
    seen.concealedMs < 0.02 * ms,
    `${who}: ${seen.concealedMs.toFixed(0)} ms of sound patched`,
  );
}

// Everybody watches for `ms` at the same time.
export async function watchAll(context, students, ms, { sound = true, ...picture } = {}) {
  for (const student of students) await student.follow();
  // The climb to the best rung is over and its change of size is not what is judged here.
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const all = await Promise.all(students.map((student) => student.observe(ms)));
  all.forEach((seen, i) => {
    const who = `student ${i} (worker ${students[i].worker})`;
    context.note(
      `${who}: ${seen.fps.toFixed(1)}/s, ${seen.width} wide, age ${median(seen.ages)} ms, ` +
        `longest gap ${seen.longestGap.toFixed(0)} ms, patched ${seen.concealedMs.toFixed(0)} ms, ` +
        `${seen.after.rung} (${seen.after.reason})`,
    );
    checkPicture(who, seen, picture);
    if (sound) checkSound(who, seen, ms);
  });
}
