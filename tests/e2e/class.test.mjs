// A class as it is meant: one teacher, students of both browsers on all workers, moving pictures and
// sound, judged by pixels and by what was decoded.
import assert from 'node:assert/strict';
import { Student, Teacher } from './lib/actors.mjs';
import { median } from './lib/wait.mjs';

const kLongestGapMs = 500;

function checkPicture(who, seen, { fps = 8 } = {}) {
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

function checkSound(who, seen, ms) {
  assert.ok(seen.energy > 1e-4, `${who}: no sound (energy ${seen.energy})`);
  assert.ok(
    seen.concealedMs < 0.02 * ms,
    `${who}: ${seen.concealedMs.toFixed(0)} ms of sound patched`,
  );
}

// Everybody watches for `ms` at the same time.
async function watchAll(context, students, ms, { sound = true, ...picture } = {}) {
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

export default function define(test) {
  test('class: two students see and hear', { quick: true }, async (context) => {
    const server = await context.server();
    const browser = await context.chromium();
    await Teacher.start(browser, server, 'quick');
    const students = [];
    for (let i = 0; i < 2; i++) students.push(await Student.join(browser, server, 'quick'));
    assert.deepEqual(new Set(students.map((s) => s.worker)), new Set([0, 1]), 'both workers serve');
    await watchAll(context, students, 8000);
    for (const { page } of students) assert.deepEqual(page.complaints, []);
  });

  test(
    'class: VP8, 3 Chromium and 1 Firefox students on all workers, 60 s',
    {},
    async (context) => {
      const server = await context.server();
      const [teaching, watching, firefox] = await Promise.all([
        context.chromium(),
        context.chromium(),
        context.firefox(),
      ]);
      const teacher = await Teacher.start(teaching, server, 'vp8');
      await teacher.untilSending(2);
      const students = [];
      for (let i = 0; i < 3; i++) students.push(await Student.join(watching, server, 'vp8'));
      students.push(await Student.join(firefox, server, 'vp8'));
      assert.deepEqual(
        new Set(students.map((s) => s.worker)),
        new Set([0, 1]),
        'both workers serve',
      );
      await watchAll(context, students, 60_000);
      assert.equal(await teacher.text('viewers'), '4');
    },
  );

  test(
    'class: H.264, 3 Chromium students; a Firefox student without H.264 hears',
    {},
    async (context) => {
      const server = await context.server();
      const [teaching, watching, firefox] = await Promise.all([
        context.chromium(),
        context.chromium(),
        context.firefox(),
      ]);
      const teacher = await Teacher.start(teaching, server, 'h264', { query: '?codec=h264' });
      await teacher.untilSending(1);
      const students = [];
      for (let i = 0; i < 3; i++) students.push(await Student.join(watching, server, 'h264'));
      await watchAll(context, students, 15_000);
      assert.equal((await students[0].stats()).codec, 'H264');
      const listener = await Student.join(firefox, server, 'h264');
      const heard = await listener.observe(4000);
      checkSound('Firefox', heard, 4000);
    },
  );

  test('class: Firefox teaches', {}, async (context) => {
    const server = await context.server();
    const [watching, firefox] = await Promise.all([context.chromium(), context.firefox()]);
    const teacher = await Teacher.start(firefox, server, 'fox');
    await teacher.untilSending(1);
    const students = [];
    for (let i = 0; i < 2; i++) students.push(await Student.join(watching, server, 'fox'));
    // On two busy cores Firefox encodes a canvas at 6 to 20 pictures a second.
    await watchAll(context, students, 15_000, { fps: 4 });
  });

  test(
    'class: a shared screen comes beside the camera and goes again',
    { quick: true },
    async (context) => {
      const server = await context.server();
      const browser = await context.chromium();
      const teacher = await Teacher.start(browser, server, 'screen');
      const student = await Student.join(browser, server, 'screen');
      await student.untilLayout('camera');
      await teacher.click('share');
      await student.untilLayout('both');
      await student.follow('screen-video');
      const seen = await student.observe(4000);
      assert.ok(seen.frames >= 2, `the screen showed ${seen.frames} pictures`);
      assert.ok(seen.width >= 800, `the screen is ${seen.width} wide`);
      await teacher.click('share');
      await student.untilLayout('camera');
      await teacher.click('camera');
      await student.untilLayout('none');
      await teacher.click('camera');
      await student.untilLayout('camera');
    },
  );
}
