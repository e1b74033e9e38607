import { FakeBrowser } from './fakes';
import assert from 'node:assert/strict';
import test, { beforeEach } from 'node:test';
import { clientName } from '../src/base/identity';
import type { Stage } from '../src/class/stage';
import { Viewer } from '../src/class/viewer';
import type { Said } from '../src/link/codes';

class FakeStage {
  onFirstFrame = () => {};
  onPicture = () => {};
  onPlayback = () => {};
  isPaused = false;
  isSilent = false;
  hasPicture = true;
  unlock = () => {};
  lock = () => {};
  keepPlaying = () => {};
  setSources = () => {};
  setPicture = (hasPicture: boolean) => void (this.hasPicture = hasPicture);
  show = async () => {};
}

const kLive = { type: 'class', teacher: 'live' };
const kOn = { camera: true, microphone: true, screen: false };

// A student in class, whose camera and sound flow at `frames` and `packets` a reading.
class Lesson {
  readonly browser = new FakeBrowser();
  readonly stage = new FakeStage();
  readonly viewer = new Viewer('algebra', this.stage as unknown as Stage, this.browser);
  frames = 10;
  sound = 1000;
  private total = { frames: 0, sound: 0 };

  static async begin(): Promise<Lesson> {
    const lesson = new Lesson();
    lesson.viewer.admit();
    lesson.browser.socket.welcome();
    lesson.browser.socket.say({ ...kLive, sources: kOn });
    lesson.viewer.join();
    await lesson.flow(1000);
    lesson.rung('360p', 'source');
    await lesson.flow(2000);
    return lesson;
  }

  rung(rung: string, reason: string): void {
    this.browser.socket.say({ type: 'rung', rung, fps: 25, reason });
  }

  async flow(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 250) {
      this.total.frames += this.frames;
      this.total.sound += this.sound;
      this.browser.connection.stats = [
        { type: 'candidate-pair', nominated: true, currentRoundTripTime: 0.02 },
        { type: 'inbound-rtp', kind: 'audio', bytesReceived: this.total.sound },
        {
          type: 'inbound-rtp',
          kind: 'video',
          bytesReceived: this.total.frames * 1000,
          framesDecoded: this.total.frames,
          frameHeight: 360,
          frameWidth: 640,
        },
      ];
      await this.browser.advance(250);
    }
  }

  get reports() {
    return this.browser.socket.of('report');
  }

  get report() {
    return this.reports[this.reports.length - 1];
  }

  stats = () => this.viewer.stats() as Record<string, number | string | null>;
}

beforeEach(() => sessionStorage.clear());

test('all is well: live, moving, no trouble', async () => {
  const lesson = await Lesson.begin();
  assert.equal(lesson.viewer.state, 'live');
  assert.equal(lesson.stats().picture, 'moving');
  await lesson.flow(6000);
  assert.deepEqual([lesson.report?.playing, lesson.report?.sound], [true, true]);
  assert.equal(lesson.stats().freezes, 0);
});

test('a picture that stands is said after a second, counted, and reported', async () => {
  const lesson = await Lesson.begin();
  lesson.frames = 0;
  await lesson.flow(2000);
  assert.equal(lesson.viewer.state, 'live', 'sound goes on');
  assert.equal(lesson.stats().picture, 'standing');
  assert.equal(lesson.stats().freezes, 1);
  await lesson.flow(10_000);
  assert.ok(Number(lesson.stats().freeze_seconds) > 10);
  assert.equal(lesson.report?.playing, false);
  lesson.frames = 10;
  await lesson.flow(3000);
  assert.equal(lesson.stats().picture, 'moving');
  assert.equal(lesson.report?.playing, true);
  assert.equal(lesson.stats().freezes, 1);
});

test('sound alone: no standing picture, whatever the reason, and no trouble but for codec', async () => {
  const cases = [
    ['limit', 'limited', true],
    ['bandwidth', 'link', true],
    ['codec', 'codec', false],
  ] as const;
  for (const [reason, picture, playing] of cases) {
    const lesson = await Lesson.begin();
    lesson.frames = 0;
    lesson.rung('audio', reason);
    assert.equal(lesson.stage.hasPicture, false);
    await lesson.flow(6000);
    assert.equal(lesson.viewer.state, 'live');
    assert.equal(lesson.stats().picture, picture);
    assert.equal(lesson.report?.playing, playing, reason);
    assert.equal(lesson.report?.codec, reason === 'codec');
    assert.equal(lesson.stats().freezes, 0);
    lesson.rung('180p', 'bandwidth');
    assert.equal(lesson.stage.hasPicture, false, 'not before a new picture has come');
    lesson.frames = 10;
    await lesson.flow(1000);
    assert.equal(lesson.stage.hasPicture, true);
    assert.equal(lesson.stats().picture, 'moving');
  }
});

test('sound first, because a keyframe is awaited: the picture is not hidden', async () => {
  const lesson = await Lesson.begin();
  lesson.rung('none', 'source');
  lesson.rung('audio', 'join');
  assert.equal(lesson.stage.hasPicture, true);
  assert.equal(lesson.stats().picture, 'coming');
});

test('a rung that is out of date does not hide a picture that comes', async () => {
  const lesson = await Lesson.begin();
  lesson.rung('audio', 'bandwidth');
  lesson.browser.socket.close();
  await lesson.flow(4000);
  assert.equal(lesson.stage.hasPicture, true);
  assert.equal(lesson.stats().picture, 'moving');
});

test('paused by the device: said, reported at once, and live again', async () => {
  const lesson = await Lesson.begin();
  lesson.stage.isPaused = lesson.stage.isSilent = true;
  lesson.stage.onPlayback();
  assert.equal(lesson.viewer.state, 'paused');
  assert.equal(lesson.stats().paused, true);
  await lesson.flow(1500);
  assert.equal(lesson.report?.sound, false);
  lesson.stage.isPaused = lesson.stage.isSilent = false;
  lesson.stage.onPlayback();
  assert.equal(lesson.viewer.state, 'live');
  await lesson.flow(1500);
  assert.equal(lesson.report?.sound, true);
});

test('[P103] a limit that is cleared while the WebSocket is down is said on return', async () => {
  const lesson = await Lesson.begin();
  lesson.viewer.limit('audio');
  lesson.browser.socket.close();
  lesson.viewer.limit(null);
  await lesson.flow(1000);
  lesson.browser.socket.welcome();
  assert.deepEqual(lesson.browser.socket.of('limit'), [{ type: 'limit', rung: null }]);
  assert.equal(lesson.viewer.state, 'live', 'the media went on');
});

test('[P23] a fresh token is the one of the next hello and POST', async () => {
  const lesson = await Lesson.begin();
  lesson.browser.socket.say({ type: 'token', token: 'fresh' });
  lesson.browser.socket.close();
  await lesson.flow(1000);
  lesson.browser.socket.open();
  assert.equal(lesson.browser.socket.of('hello')[0]?.token, 'fresh');
});

test('a tap before the ticket is redeemed is answered afterwards', async () => {
  const browser = new FakeBrowser();
  const viewer = new Viewer('algebra', new FakeStage() as unknown as Stage, browser);
  viewer.join();
  viewer.onWait('busy');
  await browser.advance(5000);
  assert.equal(viewer.state, 'busy');
  assert.equal(browser.asked.length, 0, 'nothing without the token');
  viewer.admit();
  await browser.advance(100);
  assert.equal(browser.posts().length, 1);
});

test('[P73] a request says which page asks, so that one that comes back is known', async () => {
  const lesson = await Lesson.begin();
  const [post] = lesson.browser.posts();
  assert.equal(post?.url.pathname, '/whep/algebra');
  assert.equal(post?.url.searchParams.get('client'), clientName());
});

test('[P104] asked to wait: said in words, then live', async () => {
  const browser = new FakeBrowser();
  const viewer = new Viewer('algebra', new FakeStage() as unknown as Stage, browser);
  browser.answer = () => browser.refusal(429, { 'Retry-After': '3' });
  viewer.admit();
  viewer.join();
  await browser.advance(1000);
  assert.equal(viewer.state, 'busy');
  browser.answer = () => browser.created();
  await browser.advance(4000);
  assert.notEqual(viewer.state, 'busy');
  assert.equal(browser.posts().length, 2);
});

for (const [code, state] of [
  ['full', 'full'],
  ['classes-full', 'full'],
  ['too-many-connections', 'crowded'],
  ['something-new', 'busy'],
] as const) {
  test(`[P39] the WebSocket is refused with ${code}: the page says ${state}, and is in afterwards`, async () => {
    const browser = new FakeBrowser();
    const viewer = new Viewer('algebra', new FakeStage() as unknown as Stage, browser);
    viewer.admit();
    await browser.advance(100);
    browser.socket.open();
    browser.socket.say({ type: 'error', code, limit: 20, text: 'No.' });
    browser.socket.close(4429);
    assert.equal(viewer.state, state);
    assert.equal(viewer.said.limit, 20, 'for its sentence');
    await browser.advance(12_000);
    browser.socket.welcome();
    assert.equal(viewer.state, 'ready');
  });
}

for (const [status, said, state] of [
  [429, { code: 'too-many-sessions', limit: 24 }, 'crowded'],
  [429, { code: 'network-full', limit: 4000 }, 'full'],
  [503, { code: 'starting' }, 'busy'],
  [503, {}, 'busy'], // of a proxy
  [503, { code: 'full' }, 'full'],
  [404, { code: 'unknown-class' }, 'unknown'],
  [401, { code: 'token-missing' }, 'refused-token'],
  [403, { code: 'forbidden' }, 'refused-forbidden'],
  [422, { code: 'not-negotiable' }, 'refused-unsupported'],
] as const) {
  test(`[P130] a POST is refused by ${status} ${JSON.stringify(said)}: the page says ${state}`, async () => {
    const browser = new FakeBrowser();
    const viewer = new Viewer('algebra', new FakeStage() as unknown as Stage, browser);
    browser.answer = () => browser.refusal(status, {}, said);
    viewer.admit();
    viewer.join();
    await browser.advance(300);
    assert.equal(viewer.state, state);
    if ('limit' in said) assert.equal(viewer.said.limit, said.limit, 'for its sentence');
  });
}

test('[P39][P130] a remark changes no state, and is handed on with what goes with it', async () => {
  const lesson = await Lesson.begin();
  const remarks: Said[] = [];
  lesson.viewer.onRemark = (said) => void remarks.push(said);
  const { state } = lesson.viewer;
  lesson.browser.socket.say({ type: 'error', code: 'too-many-messages', rate: 2, text: 'No.' });
  assert.equal(lesson.viewer.state, state);
  assert.deepEqual(
    remarks.map(({ code, rate }) => [code, rate]),
    [['too-many-messages', 2]],
  );
});

for (const [why, reason] of [
  ['by choice', 'limit'],
  ['by the link', 'bandwidth'],
] as const) {
  test(`sound alone ${why}, and the teacher has no microphone: nothing is awaited`, async () => {
    const lesson = await Lesson.begin();
    lesson.browser.socket.say({ ...kLive, sources: { ...kOn, microphone: false } });
    lesson.rung('audio', reason);
    lesson.frames = lesson.sound = 0;
    await lesson.flow(30_000);
    assert.equal(lesson.browser.posts().length, 1);
    lesson.rung('360p', 'source');
    await lesson.flow(15_000);
    assert.equal(lesson.browser.posts().length, 2, 'a picture is awaited');
  });
}

test('left and joined again: live', async () => {
  const lesson = await Lesson.begin();
  lesson.viewer.leave();
  assert.equal(lesson.viewer.state, 'ready');
  lesson.viewer.join();
  await lesson.flow(1500);
  assert.equal(lesson.viewer.state, 'live');
});
