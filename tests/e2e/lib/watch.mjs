// Watches students, and beside them a tab that gets the teacher's camera and sound without a server, for
// the judge.
import { directFrom } from './direct.mjs';
import { checkPicture, checkSound, ownGap } from './judge.mjs';
import { measureFor, median, until } from './wait.mjs';

const kNewPictures = 5;

// Pictures a second that the teacher's browser encodes, by width, looked at each second of `ms`.
export async function encoded(teacher, ms) {
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

// What the students see in `ms`, and the direct tab, in the same seconds.
export async function observeBeside(direct, teacher, students, ms) {
  const patched = await direct.patchedMs();
  await direct.summary();
  const [sent, ...all] = await Promise.all([
    encoded(teacher, ms),
    ...students.map((student) => student.observe(ms)),
  ]);
  const seen = await direct.summary();
  const took = (seen.shown.at(-1) - seen.shown[0]) / 1000;
  const reference = { ...seen, fps: seen.frames / took };
  reference.patchedMs = (await direct.patchedMs()) - patched;
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

// From the teacher's page to a tab in the student's browser: so a pause of either browser stops both. Once
// it runs.
export async function referenceBeside(teacher, student) {
  const { page } = student;
  const direct = await directFrom(teacher.page, page.browser(), new URL(page.url()).origin);
  await until('the direct picture runs', 15_000, async () => (await direct.frames()) > 20);
  return direct;
}

// Everybody watches for `ms` at the same time. The first student's browser is a Chromium.
export async function watchAll(context, teacher, students, ms, { sound = true, share } = {}) {
  for (const student of students) await student.follow();
  const direct = await referenceBeside(teacher, students[0]);
  await Promise.all(students.map((student) => student.untilSettled()));
  const all = await observeBeside(direct, teacher, students, ms);
  await direct.close();
  all.forEach((seen, i) => {
    const who = `student ${i} (worker ${students[i].worker})`;
    tell(context, who, seen);
    checkPicture(who, seen, { ...seen, share });
    if (sound) checkSound(who, seen, ms, seen);
  });
  return all;
}

// Milliseconds from `begun` until each student is shown pictures that were drawn after it.
export function timesBack(students, begun) {
  return Promise.all(
    students.map(async (student, i) => {
      await until(`student ${i} is back`, 15_000, async () => {
        return (await student.fresh(begun)) >= kNewPictures && (await student.state()) === 'live';
      });
      return Date.now() - begun;
    }),
  );
}
