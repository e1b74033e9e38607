// Class time on a page, without a browser: what plays is made up.
import './fakes';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Environment } from '../src/base/environment';
import { ClassClock, type ClockHost } from '../src/class/class_clock';
import { isServerMessage } from '../src/link/messages';

const kAt = 1_800_000_000_000; // ms of class time
const kNow = 1_700_000_000_000; // the browser's clock is 100,000,000 s behind

class FakeVideo {
  onFrame: ((now: number, frame: object) => void) | null = null;
  requestVideoFrameCallback = (callback: FakeVideo['onFrame']) => {
    this.onFrame = callback;
    return 1;
  };
  show(rtpTimestamp: number, at: number, width = 640, height = 360): void {
    const expectedDisplayTime = at - performance.timeOrigin;
    this.onFrame?.(0, { rtpTimestamp, expectedDisplayTime, width, height });
  }
}

function clock(session = 'w2-ab') {
  const sources: { rtpTimestamp: number; timestamp: number }[] = [];
  let measure = () => {};
  let stats: object[] = [];
  const link = {
    session: { id: session },
    audio: { getSynchronizationSources: () => sources },
    pc: { signalingState: 'stable', getStats: () => Promise.resolve(stats) },
  };
  const videos = { camera: new FakeVideo(), screen: new FakeVideo() };
  const env = { every: (_: number, action: () => void) => (measure = action) };
  const teacher = { hasMicrophone: true };
  const host = {
    link: () => link,
    hasMicrophone: () => teacher.hasMicrophone,
    videos,
  } as unknown as ClockHost;
  const made = new ClassClock(host, env as unknown as Environment);
  const at = kAt * 1000;
  const tracks = {
    audio: [{ height: 0, rtp: 0xffff_ff00, at }],
    camera: [
      { height: 180, rtp: 900 + 90 * 7, at },
      { height: 360, rtp: 900, at },
    ],
  };
  return {
    clock: made,
    teacher,
    videos,
    times: (worker = 2) => made.onTimes({ type: 'times', worker, tracks }),
    play: (rtpTimestamp: number, timestamp: number) =>
      sources.splice(0, 1, { rtpTimestamp, timestamp }),
    report: async (list: object[]) => {
      stats = list;
      measure();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test('[P123] what is heard now, by the RTP time that left the buffer last', () => {
  const { clock: of, times, play } = clock();
  play(0xffff_ff00 + 480 - 2 ** 32, kNow - 15);
  assert.equal(of.heardNow(kNow), null, 'nothing is known yet');
  times();
  assert.equal(of.heardNow(kNow), kAt + 10 + 15, '480 ticks are 10 ms, also across the wrap');
  assert.equal(of.heardAt(kAt + 225, kNow), kNow + 200);
});

test('[P123] times of another worker say nothing about this session', () => {
  const { clock: of, times, play } = clock('w1-ab');
  play(0, kNow);
  times(2);
  assert.equal(of.heardNow(kNow), null);
  times(1);
  assert.notEqual(of.heardNow(kNow), null);
});

test('[P123] without sound the picture tells; without either nothing waits', () => {
  const { clock: of, times, play, videos } = clock();
  times();
  play(0xffff_ff00, kNow - 1000);
  assert.equal(of.heardNow(kNow), null, 'the sound is a second old');
  videos.camera.show(900 + 90 * 40, kNow - 20);
  assert.equal(of.heardNow(kNow), kAt + 60);
  for (let i = 0; i < 3; i++) videos.camera.show(900 + 90 * 40, kNow - 20, 180, 320);
  assert.equal(of.heardNow(kNow), kAt + 53, 'each encoding has its own time');
  assert.equal(of.heardNow(kNow + 3000), null);
  assert.equal(of.heardAt(kAt, kNow + 3000), null);
});

test('[P123] silence of a microphone that is off is not what is heard', () => {
  const { clock: of, teacher, times, play, videos } = clock();
  times();
  play(0xffff_ff00, kNow - 300);
  videos.camera.show(900, kNow - 10);
  assert.equal(of.heardNow(kNow), kAt + 300);
  teacher.hasMicrophone = false;
  assert.equal(of.heardNow(kNow), kAt + 10);
});

test('[P123] the middle one of the pictures counts: one that is drawn late moves nothing', () => {
  const { clock: of, times, videos } = clock();
  times();
  for (const [i, late] of [0, 1, 60, 2].entries())
    videos.camera.show(900 + 90 * 50 * i, kNow + 50 * i + late);
  assert.equal(of.heardNow(kNow + 250), kAt + 250 - 2);
});

test('[P124] latency needs no clock but the server’s', async () => {
  const { clock: of, times, videos, report } = clock();
  times();
  videos.camera.show(900, kNow - 5);
  assert.equal(of.latencyMs(kNow), null, 'before the first report');
  const sent = (late: number) => ({
    type: 'remote-outbound-rtp',
    remoteTimestamp: 2_208_988_800_000 + kAt + 100,
    timestamp: kNow + late,
  });
  const pair = { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.04 };
  // Left at class time 100; came at 20 after a round trip of 40, once at 90.
  await report([pair, sent(90)]);
  await report([pair, sent(20)]);
  assert.equal(of.now(kNow), kAt + 100);
  assert.equal(of.latencyMs(kNow), 100 - 5);
});

test('[P123] the message is read, other shapes are ignored', () => {
  assert.ok(isServerMessage({ type: 'times', worker: 0, tracks: {} }));
  assert.ok(!isServerMessage({ type: 'times', worker: 0 }));
  assert.ok(!isServerMessage({ type: 'times', worker: '0', tracks: {} }));
});
