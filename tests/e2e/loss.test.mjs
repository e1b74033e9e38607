// 5 % of all packets lost, both ways, over real sockets: the sound stays whole and the picture moves.
import assert from 'node:assert/strict';
import { Student, Teacher } from './lib/actors.mjs';
import { checkPicture } from './lib/judge.mjs';
import { Shaper } from './lib/shaper.mjs';
import { measureFor } from './lib/wait.mjs';
import { observeBeside, referenceBeside, tell, watchAll } from './lib/watch.mjs';

const kWatchMs = 20_000;
const kLoss = 0.05;
const kOutageMs = 800;

// The judge must object to a link that is dead for a while, however busy the machine is.
async function findsOutage(context, shaper, teacher, student) {
  const direct = await referenceBeside(teacher, student);
  const observed = observeBeside(direct, teacher, [student], 4000);
  await measureFor(1000);
  shaper.isDark = true;
  await measureFor(kOutageMs);
  shaper.isDark = false;
  const [seen] = await observed;
  tell(context, `${kOutageMs} ms without a packet`, seen);
  assert.throws(() => checkPicture('student', seen, { ...seen, share: 0 }), /stood still/);
}

async function watch(context, { teacherLoss = 0, studentLoss = 0, delayMs = 0 }) {
  const server = await context.server();
  const [teaching, watching] = await Promise.all([context.chromium(), context.chromium()]);
  const up = await Shaper.start(server, { loss: teacherLoss, delayMs });
  const down = await Shaper.start(server, { loss: studentLoss, delayMs });
  try {
    const teacher = await Teacher.start(teaching, server, 'loss', { preload: [up.preload] });
    await teacher.untilSending(2);
    const student = await Student.join(watching, server, 'loss', { preload: [down.preload] });
    const [seen] = await watchAll(context, teacher, [student], kWatchMs, { share: 0.55 });
    const { dropped, passed } = studentLoss > 0 ? down.counts : up.counts;
    context.note(`${dropped} of ${dropped + passed} packets lost`);
    assert.ok(dropped > 100, 'the shaper is in the path');
    assert.ok(seen.energy > 1e-3, 'no sound');
    if (studentLoss > 0) await findsOutage(context, down, teacher, student);
  } finally {
    up.close();
    down.close();
  }
}

export default function define(test) {
  test('loss: 5 % both ways between server and student', {}, (context) =>
    watch(context, { studentLoss: kLoss, delayMs: 10 }),
  );
  test('loss: 5 % both ways between teacher and server', {}, (context) =>
    watch(context, { teacherLoss: kLoss, delayMs: 10 }),
  );
}
