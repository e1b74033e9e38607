// Peers that share no code with the pages: GStreamer as publisher and player, the demo's film, and
// two hundred viewers of the load test.
import assert from 'node:assert/strict';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { film, run } from './lib/film.mjs';
import { until } from './lib/wait.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const kFilmMs = 180_000;

async function gst(script, words) {
  const { out, err } = await run(path.join(root, 'tests/e2e/gst', script), words);
  const line = out.trim().split('\n').pop();
  assert.ok(line, `${script} printed nothing:\n${err}`);
  return JSON.parse(line);
}

function assertPlayed(played) {
  assert.ok(played.ok, JSON.stringify(played));
}

// Somebody publishes, and a worker receives it.
function untilTeaching(server, timeoutMs = 10_000) {
  return until('somebody teaches', timeoutMs, async () => {
    const read = (name) => server.metric(`lectern_worker_${name}`).catch(() => 0);
    return (await read('publishers')) === 1 && (await read('ingress_bps')) > 0;
  });
}

async function publishAndPlay(context, codec, trickle) {
  const server = await context.server();
  const extra = trickle ? ['--trickle'] : [];
  const publishing = gst('publish.py', [
    ...['--url', `${server.url}/whip/outside`, '--codec', codec, '--duration', '20', ...extra],
  ]);
  await untilTeaching(server);
  // One player on each worker, neither of which ever asks for a keyframe.
  const players = [0, 1].map(() =>
    gst('play.py', [
      ...['--url', `${server.url}/whep/outside`, '--codec', 'both', '--no-pli'],
      ...['--duration', '8', ...extra],
    ]),
  );
  for (const played of await Promise.all(players)) {
    assertPlayed(played);
    assert.equal(played.codec, codec.toUpperCase());
    assert.ok(played.frames > 50, `${played.frames} pictures`);
    context.note(
      `first picture after ${played.first_frame_after.toFixed(2)} s, ${played.frames} pictures`,
    );
  }
  const published = await publishing;
  assert.ok(published.ok, JSON.stringify(published));
  assert.equal(published.trickled > 0, trickle);
}

async function loadTest(context, server, viewers) {
  const { status, out } = await run(server.process.spawnfile, [
    ...['load-test', '--url', `${server.url}/whep/demo`, '--viewers', String(viewers)],
    ...['--duration', '10', '--join-rate', '50', '--remb', '700', '--max-loss', '0'],
    ...['--pid', String(server.process.pid), '--json', '-'],
  ]);
  const report = JSON.parse(out);
  context.note(
    `${viewers} viewers: ${report.packets_per_second.toFixed(0)} packets/s, ` +
      `${report.video.lost + report.audio.lost} lost, first media p95 ` +
      `${report.media_ms.p95.toFixed(0)} ms, ${report.server_us_per_packet.toFixed(2)} us a packet`,
  );
  assert.equal(report.with_media, viewers, JSON.stringify(report.failures));
  assert.equal(report.video.viewers_without_picture, 0);
  assert.equal(report.audio.faults_of_order + report.video.faults_of_order, 0);
  assert.equal(status, 0, out);
}

async function teach(context, codec) {
  const server = await context.server({ options: ['--demo-film', await film(codec)] });
  await until('the demo teaches', 10_000, () => server.log.includes('demo: teaching'));
  await untilTeaching(server);
  return server;
}

async function playTheDemo(context, codec, viewers) {
  const server = await teach(context, codec);
  const words = ['--url', `${server.url}/whep/demo`, '--codec', 'both', '--duration', '8'];
  const played = await gst('play.py', words);
  assertPlayed(played);
  assert.equal(played.codec, codec.toUpperCase());
  await loadTest(context, server, viewers);
}

async function bringTheDemoBack(context) {
  const server = await teach(context, 'vp8');
  for (const [role, worker] of [['media', 0], ['media', 1], ['signaling']]) {
    const told = server.log.length;
    const old = server.kill(role, worker);
    await until('another one is started', 3000, () => {
      const pid = server.child(role, worker);
      return pid !== null && pid !== old;
    });
    await untilTeaching(server, 6000);
    const news = server.log.slice(told).match(/demo: .*/g) ?? [];
    context.note(`${role} ${worker ?? ''} killed: ${news.join('; ') || 'nothing noticed'}`);
    assertPlayed(await gst('play.py', ['--url', `${server.url}/whep/demo`, '--duration', '5']));
  }
}

export default function define(test) {
  for (const codec of ['vp8', 'h264']) {
    for (const trickle of [false, true]) {
      const way = trickle ? 'with' : 'without';
      test(`outside: GStreamer publishes ${codec} and plays it, ${way} trickle`, {}, (context) =>
        publishAndPlay(context, codec, trickle),
      );
    }
  }
  test('outside: the demo in vp8, GStreamer, 200 viewers', { timeoutMs: kFilmMs }, (context) =>
    playTheDemo(context, 'vp8', 200),
  );
  test('outside: the demo in h264, GStreamer, 20 viewers', { timeoutMs: kFilmMs }, (context) =>
    playTheDemo(context, 'h264', 20),
  );
  test('outside: the demo comes back from every death', {}, bringTheDemoBack);
}
