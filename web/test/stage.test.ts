import { FakeBrowser, FakeTrack, settle } from './fakes';
import assert from 'node:assert/strict';
import test from 'node:test';
import { Patience } from '../src/link/patience';
import { PlayLink } from '../src/link/play_link';
import { Stage } from '../src/class/stage';

class FakeVideo extends EventTarget {
  srcObject: unknown = null;
  paused = true;
  plays = 0;
  refuses = false;

  async play(): Promise<void> {
    this.plays++;
    if (this.refuses) throw new DOMException('no', 'NotAllowedError');
    this.paused = false;
    this.dispatchEvent(new Event('playing'));
  }

  pause(): void {
    this.paused = true;
    this.dispatchEvent(new Event('pause'));
  }

  asVideo(): HTMLVideoElement {
    return this as unknown as HTMLVideoElement;
  }
}

async function open() {
  const browser = new FakeBrowser();
  const [camera, screen] = [new FakeVideo(), new FakeVideo()];
  const root = { dataset: {} as Record<string, string> };
  const stage = new Stage(
    root as unknown as HTMLElement,
    camera.asVideo(),
    screen.asVideo(),
    browser,
  );
  stage.unlock();
  const link = new PlayLink(new Patience(null), browser);
  await stage.show(link);
  await settle();
  return { browser, camera, screen, root, stage, link };
}

test('an element that is paused from outside plays on by itself', async () => {
  const { camera, stage } = await open();
  assert.equal(camera.paused, false);
  camera.pause();
  await settle();
  assert.equal(camera.paused, false);
  assert.equal(stage.isPaused, false);
});

test('where playing on is refused a tap is asked for, and helps', async () => {
  const { camera, stage } = await open();
  let news = 0;
  stage.onPlayback = () => news++;
  camera.refuses = true;
  camera.pause();
  await settle();
  assert.ok(stage.isPaused && stage.isSilent && news > 0);
  const tries = camera.plays;
  for (let i = 0; i < 5; i++) stage.keepPlaying();
  assert.equal(camera.plays, tries, 'not over and over');
  camera.refuses = false;
  stage.resume();
  await settle();
  assert.ok(!stage.isPaused && !camera.paused);
});

test('whoever pauses again and again means it: then a tap decides', async () => {
  const { browser, camera, stage } = await open();
  for (let i = 0; i < 3; i++) {
    camera.pause();
    await settle();
    assert.equal(camera.paused, false);
  }
  camera.pause();
  await settle();
  assert.ok(camera.paused && stage.isPaused);
  stage.resume();
  await browser.advance(11_000);
  camera.pause();
  await settle();
  assert.equal(camera.paused, false, 'another day');
});

test('an element that lost its stream gets it back', async () => {
  const { camera, stage } = await open();
  camera.srcObject = null;
  camera.paused = true;
  stage.keepPlaying();
  await settle();
  assert.ok(camera.srcObject !== null && !camera.paused);
});

test('before the tap, and after leaving, nothing plays', async () => {
  const { camera, stage } = await open();
  stage.lock();
  camera.pause();
  await settle();
  assert.ok(camera.paused && !stage.isPaused);
});

test('sound alone: the last picture does not stay', async () => {
  const { root, stage } = await open();
  stage.setSources({ camera: true, microphone: true, screen: false });
  assert.equal(root.dataset.layout, 'camera');
  stage.setPicture(false);
  assert.equal(root.dataset.layout, 'none');
  stage.setPicture(true);
  assert.equal(root.dataset.layout, 'camera');
});

test('a link that closes before its tracks flow is not waited for', async () => {
  const { browser, stage } = await open();
  const link = new PlayLink(new Patience(null), browser);
  for (const { track } of [link.audio, link.camera, link.screen]) {
    (track as unknown as FakeTrack).muted = true;
  }
  const shown = stage.show(link);
  link.close(null);
  await assert.rejects(shown);
});

// A second link after the first, with this round trip; `frames()` of its camera are decoded.
async function move(tripMs: number, frames: () => number) {
  const opened = await open();
  const { browser, stage, camera } = opened;
  const patience = new Patience(null);
  for (let i = 0; i < 50; i++) patience.measured(tripMs);
  const link = new PlayLink(patience, browser);
  link.camera.getStats = async () =>
    new Map([['1', { type: 'inbound-rtp', framesDecoded: frames() }]]) as unknown as RTCStatsReport;
  void stage.show(link);
  const shown = () => (camera.srcObject as MediaStream).getVideoTracks()[0];
  return { browser, old: opened.link, link, shown };
}

test('[P106] the picture before stays until the new one is decoded, on a far link longer', async () => {
  for (const [tripMs, decodedMs, shownMs] of [
    [20, 6000, 1500],
    [5000, 6000, 6000],
    [5000, 60_000, 11_000],
  ] as const) {
    let frames = 0;
    const { browser, old, link, shown } = await move(tripMs, () => frames);
    browser.after(decodedMs, () => (frames = 1));
    await browser.advance(shownMs - 100);
    assert.equal(shown(), old.camera.track, `${tripMs} ms: too soon`);
    await browser.advance(200);
    assert.equal(shown(), link.camera.track, `${tripMs} ms`);
  }
});

test('[P106] pictures that are not sent now are not waited for', async () => {
  for (const isSent of [true, false]) {
    const { browser, stage, link } = await open();
    stage.setSources({ camera: isSent, microphone: true, screen: isSent });
    stage.setPicture(isSent);
    const next = new PlayLink(new Patience(null), browser);
    for (const { track } of [next.camera, next.screen]) {
      (track as unknown as FakeTrack).muted = true;
    }
    let isDone = false;
    stage.show(next).then(() => (isDone = true), () => {});
    await settle();
    assert.equal(isDone, !isSent);
    link.close(null);
    next.close(null);
  }
});
