// 5 % of all packets lost, both ways, over real sockets: the sound stays whole and the picture moves.
import assert from 'node:assert/strict';
import { Student, Teacher } from './lib/actors.mjs';
import { Shaper } from './lib/shaper.mjs';
import { sleep } from './lib/wait.mjs';

const kWatchMs = 20_000;
const kLoss = 0.05;

async function watch(context, { teacherLoss = 0, studentLoss = 0, delayMs = 0 }) {
  const server = await context.server();
  const [teaching, watching] = await Promise.all([context.chromium(), context.chromium()]);
  const up = await Shaper.start(server, { loss: teacherLoss, delayMs });
  const down = await Shaper.start(server, { loss: studentLoss, delayMs });
  try {
    const teacher = await Teacher.start(teaching, server, 'loss', { preload: [up.preload] });
    await teacher.untilSending(2);
    const student = await Student.join(watching, server, 'loss', { preload: [down.preload] });
    await student.follow();
    await sleep(6000);
    const seen = await student.observe(kWatchMs);
    const { dropped, passed } = studentLoss > 0 ? down.counts : up.counts;
    context.note(
      `${dropped} of ${dropped + passed} packets lost; ${seen.fps.toFixed(1)}/s, longest gap ` +
        `${seen.longestGap.toFixed(0)} ms, ${seen.concealedMs.toFixed(0)} ms of sound patched, ` +
        `${seen.after.rung} (${seen.after.reason})`,
    );
    assert.ok(dropped > 100, 'the shaper is in the path');
    assert.ok(seen.energy > 1e-3, 'no sound');
    assert.ok(
      seen.concealedMs < 0.02 * kWatchMs,
      `${seen.concealedMs.toFixed(0)} ms of sound patched`,
    );
    assert.ok(seen.longestGap <= 500, `stood still for ${seen.longestGap.toFixed(0)} ms`);
    assert.ok(seen.fps >= 11, `${seen.fps.toFixed(1)} pictures a second`);
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
