// What nobody receives is not sent by the teacher's browser, and comes when somebody wants it.
import assert from 'node:assert/strict';
import { Student, Teacher } from './lib/actors.mjs';
import { until } from './lib/wait.mjs';
import { encoded } from './lib/watch.mjs';

const kCamera = { width: 1280, height: 720, fps: 20 };

// bit/s that the browser has sent of each of the camera's encodings, by rid.
async function rates(teacher) {
  const { encodings } = await teacher.stats();
  const camera = encodings.filter((e) => e.track === 'camera');
  return Object.fromEntries(camera.map((e) => [e.rid, e.bitsPerSecond]));
}

function untilAsleep(teacher, rids, timeoutMs) {
  return until(`${rids} rest`, timeoutMs, async () => {
    const sent = await rates(teacher);
    return rids.every((rid) => sent[rid] === 0) && sent.l > 0;
  });
}

export default function define(test) {
  test('demand: a teacher sends the large pictures while somebody receives them', {}, async (context) => {
    const server = await context.server();
    const [teaching, watching] = await Promise.all([context.chromium(), context.chromium()]);
    const teacher = await Teacher.start(teaching, server, 'demand', kCamera);
    await teacher.untilSending(3);
    await untilAsleep(teacher, ['m', 'h'], 30_000);
    const resting = (await teacher.stats()).encodings.filter((e) => e.rests).map((e) => e.rid);
    assert.deepEqual(resting.sort(), ['h', 'm']);

    // On both workers: beside the publisher and behind a leg.
    const students = [];
    for (let i = 0; i < 2; i++) students.push(await Student.join(watching, server, 'demand'));
    assert.deepEqual(new Set(students.map((s) => s.worker)), new Set([0, 1]));
    const begun = Date.now();
    for (const student of students) {
      await student.follow();
      await until('the large picture', 20_000, async () => (await student.stats()).height === 720);
      context.note(`the large picture after ${((Date.now() - begun) / 1000).toFixed(1)} s`);
    }
    // Beside what the teacher's browser encodes in the same seconds: three encodings of 720p are much for it.
    // What is decoded counts, since that is what the server brings; of that, a browser on two busy cores now and
    // then draws every second picture only.
    const [seen, sent] = await Promise.all([students[1].observe(4000), encoded(teacher, 4000)]);
    const [shown, decoded, possible] = [seen.fps, seen.decoded / 4, sent(1280)];
    const { rung, reason } = seen.after;
    context.note(
      `the large picture behind a leg: ${decoded.toFixed(1)}/s decoded of ${possible.toFixed(1)}, ` +
        `${shown.toFixed(1)}/s drawn, ${rung} (${reason})`,
    );
    assert.ok(decoded >= 0.75 * possible, `${decoded} of ${possible} pictures a second are decoded`);
    assert.ok(shown >= 0.3 * possible, `${shown} of ${possible} pictures a second are drawn`);
    assert.ok((await rates(teacher)).h > 0);

    for (const student of students) await student.page.close();
    await untilAsleep(teacher, ['m', 'h'], 40_000);
  });

  test('demand: Firefox rests its large pictures, too, and brings them back', {}, async (context) => {
    const server = await context.server();
    const [watching, firefox] = await Promise.all([context.chromium(), context.firefox()]);
    const teacher = await Teacher.start(firefox, server, 'fox-demand', kCamera);
    await teacher.untilSending(2);
    await untilAsleep(teacher, ['m', 'h'], 40_000);
    const student = await Student.join(watching, server, 'fox-demand');
    await student.follow();
    await until('a larger picture', 20_000, async () => (await student.stats()).height >= 360);
    assert.ok((await student.observe(4000)).frames > 20);
  });
}
