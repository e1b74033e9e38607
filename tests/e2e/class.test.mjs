// A class as it is meant: one teacher, students of both browsers on all workers, moving pictures and
// sound, judged by pixels and by what was decoded.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { Student, Teacher } from './lib/actors.mjs';
import { checkSound } from './lib/judge.mjs';
import { watchAll } from './lib/watch.mjs';

// Three browsers at once ask much of two cores: at half the pictures nothing is starved.
const kThreeBrowsers = { fps: 10 };

export default function define(test) {
  test('class: two students see and hear', { quick: true }, async (context) => {
    const server = await context.server();
    const browser = await context.chromium();
    const teacher = await Teacher.start(browser, server, 'quick');
    const students = [];
    for (let i = 0; i < 2; i++) students.push(await Student.join(browser, server, 'quick'));
    assert.deepEqual(new Set(students.map((s) => s.worker)), new Set([0, 1]), 'both workers serve');
    await watchAll(context, teacher, students, 8000);
    for (const { page } of students) assert.deepEqual(page.complaints, []);
    // No process has a second thread, so there is nothing for a thread sanitizer (docs/testing.md).
    for (const pid of server.pids) {
      assert.equal(readdirSync(`/proc/${pid}/task`).length, 1, `process ${pid} has threads`);
    }
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
      const teacher = await Teacher.start(teaching, server, 'vp8', kThreeBrowsers);
      await teacher.untilSending(2);
      const students = [];
      for (let i = 0; i < 3; i++) students.push(await Student.join(watching, server, 'vp8'));
      students.push(await Student.join(firefox, server, 'vp8'));
      assert.deepEqual(
        new Set(students.map((s) => s.worker)),
        new Set([0, 1]),
        'both workers serve',
      );
      await watchAll(context, teacher, students, 60_000);
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
      const teacher = await Teacher.start(teaching, server, 'h264', {
        ...kThreeBrowsers,
        query: '?codec=h264',
      });
      await teacher.untilSending(1);
      const students = [];
      for (let i = 0; i < 3; i++) students.push(await Student.join(watching, server, 'h264'));
      await watchAll(context, teacher, students, 15_000);
      assert.equal((await students[0].stats()).codec, 'H264');
      const listener = await Student.join(firefox, server, 'h264');
      const heard = await listener.observe(4000);
      checkSound('Firefox', heard, 4000);
    },
  );

  test('class: Firefox teaches', {}, async (context) => {
    const server = await context.server();
    const [watching, firefox] = await Promise.all([context.chromium(), context.firefox()]);
    const teacher = await Teacher.start(firefox, server, 'fox', kThreeBrowsers);
    await teacher.untilSending(1);
    const students = [];
    for (let i = 0; i < 2; i++) students.push(await Student.join(watching, server, 'fox'));
    await watchAll(context, teacher, students, 15_000);
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
