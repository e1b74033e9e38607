// Glass to glass, read from the clock in the picture: what Lectern adds to two tabs of the same
// browser that talk to each other directly, in the same seconds. A pause of the machine delays both.
import assert from 'node:assert/strict';
import { Student, Teacher } from './lib/actors.mjs';
import { directTabs } from './lib/direct.mjs';
import { Shaper } from './lib/shaper.mjs';
import { measureFor, median, percentile, until } from './lib/wait.mjs';

const kAddedMedianMs = 30;
const kAddedP95Ms = 60;
const kAddedJitterMs = 20;
const kSlices = 8;
const kTries = 20;
const kSliceMs = 2000;
const kInjectedMs = 100;

// Two seconds of one stream. How long its pictures wait in the browser's buffer is taken off: a buffer
// remembers the worst seconds of a start for half a minute, and holds pictures back for the sound. What
// a path does to the buffer is its jitter, which stands for it here.
async function slice(stream, measuring) {
  await stream.summary();
  const before = await stream.received();
  await measuring;
  const [seen, after] = [await stream.summary(), await stream.received()];
  const waited = (after.waitedMs - before.waitedMs) / (after.pictures - before.pictures);
  return {
    ...{ width: seen.width, frames: seen.frames, jitter: after.jitterMs, age: median(seen.ages) },
    median: median(seen.ages) - waited,
    p95: percentile(seen.ages, 95) - waited,
  };
}

const middle = (slices, figure) => median(slices.map((slice) => slice[figure]));

function describe(slices) {
  const fps = (slices.reduce((sum, { frames }) => sum + frames, 0) * 1000) / kSliceMs / slices.length;
  const ms = (figure) => `${middle(slices, figure).toFixed(0)} ms`;
  return `${ms('median')}, p95 ${ms('p95')}, jitter ${ms('jitter')}, with buffer ${ms('age')}, ${fps.toFixed(1)}/s`;
}

// What Lectern adds: medians over slices of time. `isFit` says whether a slice compares like with like.
async function added(context, tabs, student, isFit) {
  const [direct, lectern] = [[], []];
  for (let i = 0; direct.length < kSlices; i++) {
    assert.ok(i < kTries, `only ${direct.length} of ${i} slices can be compared`);
    const measuring = measureFor(kSliceMs);
    const both = await Promise.all([slice(tabs, measuring), slice(student, measuring)]);
    if (both.some(({ median, width }) => Number.isNaN(median) || !isFit(width))) continue;
    direct.push(both[0]);
    lectern.push(both[1]);
  }
  const difference = (figure) => median(lectern.map((one, i) => one[figure] - direct[i][figure]));
  const result = Object.fromEntries(
    ['median', 'p95', 'jitter'].map((figure) => [figure, Math.round(difference(figure))]),
  );
  context.note(`added ${JSON.stringify(result)}`);
  context.note(`Lectern ${describe(lectern)}`);
  context.note(`directly ${describe(direct)}`);
  return result;
}

const isTooLate = ({ median, p95, jitter }) =>
  median > kAddedMedianMs || p95 > kAddedP95Ms || jitter > kAddedJitterMs;

async function joined(browser, server, options) {
  const student = await Student.join(browser, server, 'latency', options);
  await student.follow();
  await student.untilSeeing(20_000);
  return student;
}

// The yardstick would show a link that is as much longer.
async function findsDelay(context, tabs, browser, server) {
  const shaper = await Shaper.start(server, { delayMs: kInjectedMs });
  try {
    const student = await joined(browser, server, { preload: [shaper.preload] });
    const late = await added(context, tabs, student, () => true);
    assert.ok(late.median > kAddedMedianMs, `${kInjectedMs} ms put in: ${JSON.stringify(late)}`);
  } finally {
    shaper.close();
  }
}

async function compare(context, size, { findDelay = false } = {}) {
  const server = await context.server();
  const browser = await context.chromium();
  const tabs = await directTabs(browser, server.url, size);
  const teacher = await Teacher.start(browser, server, 'latency', size);
  await teacher.untilSending(size.height >= 540 ? 3 : 2);
  const student = await joined(browser, server);
  await until('full size', 20_000, async () => (await student.stats()).height === size.height);
  const result = await added(context, tabs, student, (width) => width === size.width);
  assert.ok(!isTooLate(result), `Lectern adds ${JSON.stringify(result)}`);
  await student.close();
  if (findDelay) await findsDelay(context, tabs, browser, server);
}

export default function define(test) {
  test('latency: 360p, and a longer link shows', {}, (context) => {
    const size = { width: 640, height: 360, fps: 20, maxBitrate: 500_000 };
    return compare(context, size, { findDelay: true });
  });
  // This size is encoded twice, beside the smaller ones. Two cores manage eight pictures a second of it;
  // above that they are measured, not Lectern.
  test('latency: 720p', {}, (context) =>
    compare(context, { width: 1280, height: 720, fps: 7, maxBitrate: 1_800_000 }),
  );
}
