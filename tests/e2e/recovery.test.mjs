// kill -9 in mid-class: everybody is back within 3 s, untouched by hand.
import assert from 'node:assert/strict';
import { Student, Teacher } from './lib/actors.mjs';
import { checkPicture } from './lib/judge.mjs';
import { until } from './lib/wait.mjs';
import { observeBeside, referenceBeside, tell, timesBack } from './lib/watch.mjs';

const kBackMs = 3000;
// Three students besides the direct picture: at more a second two cores are at their end.
const kCamera = { fps: 10 };

async function classOf(context, name) {
  const server = await context.server();
  const [teaching, watching] = await Promise.all([context.chromium(), context.chromium()]);
  const teacher = await Teacher.start(teaching, server, name, kCamera);
  await teacher.untilSending(2);
  const students = [];
  for (let i = 0; i < 3; i++) students.push(await Student.join(watching, server, name));
  assert.deepEqual(new Set(students.map((s) => s.worker)), new Set([0, 1]), 'both workers serve');
  for (const student of students) {
    await student.follow();
    await student.untilSeeing();
  }
  return { server, teacher, students };
}

function timeBack(students, kill) {
  kill();
  return timesBack(students, Date.now());
}

function judge(context, what, times) {
  context.note(`${what}: back after ${times.join(', ')} ms`);
  for (const ms of times) assert.ok(ms <= kBackMs, `${what}: ${ms} ms`);
}

export default function define(test) {
  test('recovery: a worker without the teacher is killed', {}, async (context) => {
    const { server, teacher, students } = await classOf(context, 'edge');
    const times = await timeBack(students, () => server.kill('media', 1 - teacher.worker));
    judge(context, 'students', times);
    assert.equal((await teacher.stats()).reconnects, 0, 'the teacher did not notice');
  });

  test('recovery: the teacher’s worker is killed', { quick: true }, async (context) => {
    const { server, teacher, students } = await classOf(context, 'origin');
    const times = await timeBack(students, () => server.kill('media', teacher.worker));
    judge(context, 'students', times);
    assert.equal(await teacher.state(), 'live');
    assert.equal((await teacher.stats()).reconnects, 1);
  });

  test('recovery: signaling is killed and the media goes on', { quick: true }, async (context) => {
    const { server, teacher, students } = await classOf(context, 'signaling');
    const direct = await referenceBeside(teacher, students[0]);
    // The climb to the best rung is not what is judged.
    await Promise.all(students.map((student) => student.untilSettled()));
    const begun = Date.now();
    const observed = observeBeside(direct, teacher, students, 6000);
    await until('the observed pictures run', 3000, async () => (await students[0].fresh(begun)) > 3);
    const old = server.kill('signaling');
    for (const [i, seen] of (await observed).entries()) {
      tell(context, `student ${i} (worker ${students[i].worker}, the teacher's ${teacher.worker})`, seen);
      checkPicture(`student ${i}`, seen, seen);
      assert.equal(seen.after.reconnects, 0, 'no student needed a new link');
    }
    assert.notEqual(server.child('signaling'), old);
    assert.equal((await teacher.stats()).reconnects, 0);
    await until('the count is back', 8000, async () => (await teacher.text('viewers')) === '3');
    const late = await Student.join(students[0].page.browser(), server, 'signaling');
    assert.equal(await late.state(), 'live');
  });

  test('recovery: everything is killed at once', {}, async (context) => {
    const { server, students } = await classOf(context, 'all');
    const times = await timeBack(students, () => {
      server.kill('signaling');
      server.kill('media', 0);
      server.kill('media', 1);
    });
    context.note(`students back after ${times.join(', ')} ms`);
    for (const ms of times) assert.ok(ms <= 8000, `${ms} ms`);
  });
}
