// Planned restarts are moves, not losses: of a worker (P95), of the whole server (P96); a renewed
// certificate needs none.
import assert from 'node:assert/strict';
import { copyFileSync, rmSync } from 'node:fs';
import tls from 'node:tls';
import { Student, Teacher } from './lib/actors.mjs';
import { makeCertificates } from './lib/certificates.mjs';
import { ownGap } from './lib/judge.mjs';
import { until } from './lib/wait.mjs';
import { observeBeside, referenceBeside, tell, timesBack } from './lib/watch.mjs';

const kMoveGapMs = 500;
const kMovePatchedMs = 500;
const kBackMs = 3000;
// Without a worker the server says Retry-After: 1 [P51], which teacher and students wait for, each with jitter.
const kBackAloneMs = 4000;
// Beside the direct picture two cores bear no more.
const kJudged = { fps: 10 };

async function classOf(context, name, options = {}) {
  const { students: count = 2, insecure = false, camera = {}, ...serving } = options;
  const server = await context.server(serving);
  const [teaching, watching] = await Promise.all([
    context.chromium({ insecure }),
    context.chromium({ insecure }),
  ]);
  const teacher = await Teacher.start(teaching, server, name, camera);
  await teacher.untilSending(2);
  const students = [];
  for (let i = 0; i < count; i++) students.push(await Student.join(watching, server, name));
  for (const student of students) {
    await student.follow();
    await student.untilSeeing();
  }
  // A page that is loaded anew has no such mark.
  for (const { page } of [teacher, ...students]) await page.evaluate(() => (window.isMarked = true));
  return { server, teacher, students };
}

async function checkUntouched(actors) {
  for (const actor of actors) {
    assert.ok(await actor.page.evaluate(() => window.isMarked), 'no page was loaded anew');
    assert.equal(await actor.state(), 'live');
  }
}

// What the students see in `ms`, in which `act` happens, judged beside the direct picture.
async function watchThrough(context, teacher, students, ms, act) {
  const direct = await referenceBeside(teacher, students[0]);
  // The climb to the best rung is not what is judged.
  await Promise.all(students.map((student) => student.untilSettled()));
  const begun = Date.now();
  const observed = observeBeside(direct, teacher, students, ms);
  await until('the observed pictures run', 3000, async () => (await students[0].fresh(begun)) > 3);
  await act();
  for (const [i, seen] of (await observed).entries()) {
    const who = `student ${i}`;
    tell(context, who, seen);
    const gap = ownGap(seen.shown, seen.reference.shown);
    assert.ok(gap <= kMoveGapMs, `${who}: stood still for ${gap.toFixed(0)} ms of its own`);
    const patched = seen.concealedMs - seen.reference.patchedMs;
    assert.ok(patched <= kMovePatchedMs, `${who}: ${patched.toFixed(0)} ms of sound patched`);
  }
  await direct.close();
  await checkUntouched([teacher, ...students]);
}

async function drained(context, which) {
  const { server, teacher, students } = await classOf(context, `drain-${which}`, { camera: kJudged });
  assert.deepEqual(new Set(students.map((s) => s.worker)), new Set([0, 1]), 'both workers serve');
  const victim = which === 'origin' ? teacher.worker : 1 - teacher.worker;
  const old = server.child('media', victim);
  await watchThrough(context, teacher, students, 8000, async () => {
    process.kill(old, 'SIGTERM');
    await until('everybody has left it', 7000, () =>
      [teacher, ...students].every((actor) => actor.worker !== victim),
    );
  });
  await until('its successor', 10_000, () => ![old, null].includes(server.child('media', victim)));
  await until('all sessions are counted, none twice', 8000, async () => {
    const viewers = await server.metric('lectern_sessions', 'view');
    const publishers = await server.metric('lectern_sessions', 'publish');
    return viewers === students.length && publishers === 1;
  });
  assert.equal(await server.metric('lectern_restarts_total', `worker="${victim}"`, 'asked'), 1);
}

function fingerprint(port) {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ port, host: 'localhost', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

export default function define(test) {
  test('drain: a worker without the teacher', {}, (context) => drained(context, 'edge'));
  test('drain: the teacher’s worker', {}, (context) => drained(context, 'origin'));

  test('drain: the only worker', {}, async (context) => {
    const { server, teacher, students } = await classOf(context, 'alone', { workers: 1 });
    const old = server.child('media', 0);
    process.kill(old, 'SIGTERM');
    await until('its successor', 3000, () => ![old, null].includes(server.child('media', 0)));
    const times = await timesBack(students, Date.now());
    context.note(`back ${times.join(', ')} ms after the successor was started`);
    for (const ms of times) assert.ok(ms <= kBackAloneMs, `${ms} ms`);
    await checkUntouched([teacher, ...students]);
  });

  test('drain: the whole server and its next start', { quick: true }, async (context) => {
    const { server, teacher, students } = await classOf(context, 'deploy');
    assert.equal(await server.end(), 0, 'it was asked to end, and did');
    await server.launch();
    const times = await timesBack(students, Date.now());
    context.note(`back ${times.join(', ')} ms after the server was ready`);
    for (const ms of times) assert.ok(ms <= kBackMs, `${ms} ms`);
    await teacher.untilState('live', 1000);
    await checkUntouched([teacher, ...students]);
  });

  test('drain: a renewed certificate', {}, async (context) => {
    const { folder, at } = makeCertificates();
    try {
      const settings = { tls_cert: at('cert.pem'), tls_key: at('key.pem') };
      const setting = { students: 1, insecure: true, camera: kJudged, settings };
      const { server, teacher, students } = await classOf(context, 'renewed', setting);
      const before = await fingerprint(server.port);
      await watchThrough(context, teacher, students, 6000, async () => {
        copyFileSync(at('other-cert.pem'), at('cert.pem'));
        copyFileSync(at('other-key.pem'), at('key.pem'));
        server.process.kill('SIGHUP');
        await until('the new certificate', 5000, async () => {
          return (await fingerprint(server.port)) !== before;
        });
        await Student.join(students[0].page.browser(), server, 'renewed');
      });
      for (const actor of [teacher, ...students]) {
        const { reconnects, reconnect_reason: reason } = await actor.stats();
        assert.equal(reconnects, 0, `had to come back: ${reason}`);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
