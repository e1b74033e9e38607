// Glass to glass, read from the clock in the picture: what Lectern adds to two tabs of the same
// browser that talk to each other directly, in the same run.
import assert from 'node:assert/strict';
import { Student, Teacher } from './lib/actors.mjs';
import { directTabs } from './lib/direct.mjs';
import { median, percentile, sleep, until } from './lib/wait.mjs';

const kAddedMedianMs = 30;
const kAddedP95Ms = 60;
const kSettleMs = 6000;
const kMeasureMs = 12_000;

async function measure(actor) {
  await sleep(kSettleMs);
  await actor.summary();
  await sleep(kMeasureMs);
  const seen = await actor.summary();
  return { ...seen, median: median(seen.ages), p95: percentile(seen.ages, 95) };
}

function tell(context, what, seen) {
  const fps = ((seen.frames * 1000) / kMeasureMs).toFixed(1);
  context.note(
    `${what}: median ${seen.median} ms, p95 ${seen.p95} ms, ${seen.width} wide, ${fps}/s`,
  );
}

async function compare(context, { width, height, fps, maxBitrate }) {
  const server = await context.server();
  const browser = await context.chromium();
  const tabs = await directTabs(browser, server, { width, height, fps, maxBitrate });
  const direct = await measure(tabs);
  await tabs.close();
  tell(context, 'direct', direct);
  assert.equal(direct.width, width, 'the yardstick has full size');

  const teacher = await Teacher.start(browser, server, 'latency', { width, height, fps });
  await teacher.untilSending(height >= 540 ? 3 : 2);
  const student = await Student.join(browser, server, 'latency');
  await student.follow();
  await until('full size', 15_000, async () => (await student.stats()).height === height);
  const lectern = await measure(student);
  tell(context, 'Lectern', lectern);
  assert.equal(lectern.width, width);
  assert.ok(
    lectern.median <= direct.median + kAddedMedianMs,
    `median ${lectern.median} ms, direct ${direct.median} ms`,
  );
  assert.ok(
    lectern.p95 <= direct.p95 + kAddedP95Ms,
    `p95 ${lectern.p95} ms, direct ${direct.p95} ms`,
  );
}

export default function define(test) {
  test('latency: 360p', {}, (context) =>
    compare(context, { width: 640, height: 360, fps: 20, maxBitrate: 500_000 }),
  );
  test('latency: 720p', {}, (context) =>
    compare(context, { width: 1280, height: 720, fps: 20, maxBitrate: 1_800_000 }),
  );
}
