// Class time on pages: what is heard and seen at a moment, by the server's clock, whatever the teacher's
// and the student's own clocks say. All processes of this machine share one true clock.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Student, Teacher } from './lib/actors.mjs';
import { measureFor, median, percentile, until } from './lib/wait.mjs';

const beeps = readFileSync(new URL('./lib/beeps.js', import.meta.url), 'utf8');
const kBarMs = 40; // p95
const kBeepSeconds = 25;
const kPicture = { fps: 20, isExact: true };
const kHourMs = 3_600_000;

const untilMoving = (student) =>
  until('pictures move', 15_000, async () => (await student.stats()).frames_decoded > 20);

// The teacher's page: its microphone beeps, and it notes when.
const beeping = () => {
  const real = navigator.mediaDevices.getUserMedia;
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const stream = await real(constraints);
    if (!constraints.audio) return stream;
    const track = window.beeps.microphone();
    void window.beeps.listen(track.clone(), (at) => window.beeps.noted.push({ at }));
    for (const old of stream.getAudioTracks()) stream.removeTrack(old);
    stream.addTrack(track);
    return stream;
  };
};

// The student's page notes the class time of each beep that comes out of the decoder.
const hearing = () => {
  const wall = () => performance.timeOrigin + performance.now();
  const track = document.querySelector('[data-testid="camera-video"]').srcObject.getAudioTracks()[0];
  return void window.beeps.listen(track.clone(), (at) => {
    const heard = window.lectern.stats().class_time;
    if (heard !== null) window.beeps.noted.push({ at, heard: heard - (wall() - at) });
  });
};

const noted = (actor) => actor.page.evaluate(() => window.beeps.noted);

// For each beep, how far its class time is from when it went into the teacher's microphone.
async function beepErrors(teacher, student) {
  const [sent, heard] = await Promise.all([noted(teacher), noted(student)]);
  return heard.flatMap(({ heard, at }) => {
    const before = sent.filter((one) => one.at < at && at - one.at < 1000).pop();
    return before === undefined ? [] : [heard - before.at];
  });
}

export default function define(test) {
  for (const name of ['chromium', 'firefox']) {
    test(`times: a beep is heard at its class time (${name})`, {}, async (context) => {
      const server = await context.server();
      const teacher = await Teacher.open(await context.chromium(), server, 'beeps', {
        preload: [[beeps], [beeping]],
      });
      await teacher.click('start');
      await teacher.untilState('live');
      const student = await Student.join(await context[name]({ hasSoundCard: true }), server, 'beeps', {
        preload: [[beeps]],
      });
      await until('class time is known', 15_000, async () => (await student.stats()).class_time !== null);
      await measureFor(3000);
      await student.page.evaluate(hearing);
      await measureFor(kBeepSeconds * 1000);
      const errors = await beepErrors(teacher, student);
      const size = errors.map(Math.abs);
      context.note(`beeps ${errors.length}: ${[5, 50, 95].map((p) => percentile(errors, p).toFixed(1))} ms`);
      assert.ok(errors.length > kBeepSeconds * 0.7, `${errors.length} beeps of ${kBeepSeconds}`);
      assert.ok(percentile(size, 95) <= kBarMs, `p95 ${percentile(size, 95)} ms`);
    });
  }

  for (const name of ['chromium', 'firefox']) {
    test(`times: without a microphone the picture tells (${name})`, { long: true }, async (context) => {
      const server = await context.server();
      const teacher = await Teacher.start(await context.chromium(), server, 'silent', kPicture);
      await teacher.click('microphone');
      const student = await Student.join(await context[name](), server, 'silent');
      await student.follow();
      await untilMoving(student);
      await until('class time is known', 15_000, async () => (await student.stats()).class_time !== null);
      await student.page.evaluate(() => window.testClock.compare(() => window.lectern.stats().class_time));
      await measureFor(10_000);
      const errors = await student.page.evaluate(() => window.testClock.compared);
      context.note(`pictures ${errors.length}: ${[5, 50, 95].map((p) => percentile(errors, p).toFixed(1))} ms`);
      assert.ok(errors.length > 60, `${errors.length} pictures`);
      assert.ok(percentile(errors.map(Math.abs), 95) <= kBarMs, `p95 of ${errors.length}`);
    });
  }

  for (const hours of [1, -1]) {
    test(`times: latency is right though the teacher’s clock is ${hours} h off`, { long: true }, async (context) => {
      const server = await context.server();
      const wrong = await context.chromium({ clockSeconds: (hours * kHourMs) / 1000 });
      await Teacher.start(wrong, server, 'clocks', kPicture);
      const student = await Student.join(await context.chromium(), server, 'clocks');
      await student.follow();
      await untilMoving(student);
      await until('latency is known', 15_000, async () => (await student.stats()).latency_ms !== null);
      const errors = [];
      for (let i = 0; i < 10; i++) {
        await student.summary();
        await measureFor(1000);
        const [{ glassAges }, { latency_ms }] = [await student.summary(), await student.stats()];
        // The bar code is of the teacher's clock, and has 26 bits.
        const age = (median(glassAges) + hours * kHourMs + 2 ** 26) % 2 ** 26;
        errors.push(latency_ms - age);
      }
      context.note(`latency off by ${errors.map((ms) => ms.toFixed(0))} ms`);
      assert.ok(Math.abs(median(errors)) <= 20, `${median(errors)} ms`);
    });
  }
}
