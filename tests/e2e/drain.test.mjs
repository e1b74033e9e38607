// Planned restarts are moves, not losses (P95, P96); a process that stands still is replaced (P97).
import assert from 'node:assert/strict';
import path from 'node:path';
import { Student, Teacher } from './lib/actors.mjs';
import { until } from './lib/wait.mjs';

// A move costs what a busy machine makes of a handshake; a loss costs a second and more.
const kMoveGapMs = 500;

async function classOf(context, name, { workers = 2, students: count = 3 } = {}) {
  const server = await context.server({ workers });
  const [teaching, watching] = await Promise.all([context.chromium(), context.chromium()]);
  const teacher = await Teacher.start(teaching, server, name);
  await teacher.untilSending(2);
  const students = [];
  for (let i = 0; i < count; i++) students.push(await Student.join(watching, server, name));
  for (const student of students) {
    await student.follow();
    await student.untilSeeing();
  }
  return { server, teacher, students };
}

// Milliseconds from `begun` until each student sees pictures drawn after it.
async function untilBack(students, begun) {
  const back = async (student, i) => {
    await until(`student ${i} is back`, 15_000, async () => {
      return (await student.fresh(begun)) >= 5 && (await student.state()) === 'live';
    });
    return Date.now() - begun;
  };
  return Promise.all(students.map(back));
}

const ready = async (server) => {
  const response = await fetch(`${server.url}/readyz`).catch(() => null);
  return { status: response?.status ?? 0, text: response === null ? '' : await response.text() };
};

async function drained(context, which) {
  const { server, teacher, students } = await classOf(context, `drain-${which}`);
  assert.deepEqual(new Set(students.map((s) => s.worker)), new Set([0, 1]), 'both workers serve');
  const victim = which === 'origin' ? teacher.worker : 1 - teacher.worker;
  const old = server.child('media', victim);
  const observed = Promise.all(students.map((student) => student.observe(8000)));
  process.kill(old, 'SIGTERM');
  await until('its successor', 7000, () => {
    const now = server.child('media', victim);
    return now !== null && now !== old;
  });
  const seen = await observed;
  context.note(`longest gaps ${seen.map((s) => s.longestGap.toFixed(0)).join(', ')} ms`);
  context.note(`concealed ${seen.map((s) => s.concealedMs.toFixed(0)).join(', ')} ms`);
  for (const { longestGap, concealedMs } of seen) {
    assert.ok(longestGap <= kMoveGapMs, `a picture stood still for ${longestGap.toFixed(0)} ms`);
    assert.ok(concealedMs <= kMoveGapMs, `${concealedMs.toFixed(0)} ms of sound were missing`);
  }
  for (const actor of [teacher, ...students]) assert.equal(await actor.state(), 'live');
  await until('all sessions are counted, none twice', 8000, async () => {
    const viewers = await server.metric('lectern_sessions', 'view');
    const publishers = await server.metric('lectern_sessions', 'publish');
    return viewers === students.length && publishers === 1;
  });
  assert.equal(await server.metric('lectern_restarts_total', `worker="${victim}"`, 'asked'), 1);
}

export default function define(test) {
  test('drain: a worker without the teacher', {}, (context) => drained(context, 'edge'));
  test('drain: the teacher’s worker', { quick: true }, (context) => drained(context, 'origin'));

  test('drain: the only worker', {}, async (context) => {
    const { server, students } = await classOf(context, 'alone', { workers: 1, students: 2 });
    const old = server.child('media', 0);
    process.kill(old, 'SIGTERM');
    await until('its successor', 3000, () => ![old, null].includes(server.child('media', 0)));
    const times = await untilBack(students, Date.now());
    context.note(`back ${times.join(', ')} ms after the successor was started`);
  });

  test('drain: the whole server and its next start', { quick: true }, async (context) => {
    const { server, students } = await classOf(context, 'deploy');
    server.process.kill('SIGTERM');
    await until('the server ends', 8000, () => server.exitCode !== undefined);
    assert.equal(server.exitCode, 0);
    delete server.exitCode;
    await server.launch(['--config', path.join(server.data, 'config.json')], {});
    const times = await untilBack(students, Date.now());
    context.note(`back ${times.join(', ')} ms after the server was ready`);
  });

  test('watchdog: a worker and signaling that are stopped', {}, async (context) => {
    const { server, teacher, students } = await classOf(context, 'frozen');
    const victim = 1 - teacher.worker;
    const old = server.child('media', victim);
    const signaling = server.child('signaling');
    process.kill(old, 'SIGSTOP');
    await until('readyz names it', 3000, async () => {
      const { status, text } = await ready(server);
      return status === 503 && text.includes(`Worker ${victim} does not answer.`);
    });
    await until('it is replaced', 4000, async () => (await ready(server)).status === 200);
    assert.notEqual(server.child('media', victim), old);
    await until('everybody is back', 8000, async () => {
      const states = await Promise.all(students.map((student) => student.state()));
      return states.every((state) => state === 'live');
    });
    assert.equal(await server.metric('lectern_restarts_total', `worker="${victim}"`, 'silent'), 1);
    process.kill(signaling, 'SIGSTOP');
    await until('signaling is replaced', 6000, () => {
      const now = server.child('signaling');
      return now !== null && now !== signaling;
    });
    await until('it is ready', 6000, async () => (await ready(server)).status === 200);
  });
}
