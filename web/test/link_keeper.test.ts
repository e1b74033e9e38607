import { FakeBrowser, settle } from './fakes';
import assert from 'node:assert/strict';
import test from 'node:test';
import { LinkKeeper, type LinkHost } from '../src/link/link_keeper';
import type { Refusal } from '../src/link/media_session';
import { Patience } from '../src/link/patience';
import { PlayLink } from '../src/link/play_link';

class Host implements LinkHost<PlayLink> {
  connected = 0;
  readonly failed: (Refusal | null)[] = [];
  refused: Refusal | null = null;
  bytes: number | null = null;
  patience = new Patience(null);
  constructor(private readonly browser: FakeBrowser) {}
  makeLink = () => new PlayLink(this.patience, this.browser);
  path = () => 'whep/algebra';
  readonly seat = { class: 'algebra', role: 'student' } as const;
  read = async () => this.bytes;
  ask = () => {};
  onConnecting = () => {};
  onConnected = async (): Promise<void> => void this.connected++;
  onFailed = (refusal: Refusal | null) => void this.failed.push(refusal);
  onRefused = (refusal: Refusal) => void (this.refused = refusal);
}

function make() {
  const browser = new FakeBrowser();
  const host = new Host(browser);
  return { browser, host, keeper: new LinkKeeper(host, host.patience, browser) };
}

test('left while the offer is made, then joined again: live', async () => {
  const { browser, host, keeper } = make();
  browser.offers = new Promise(() => {}); // never settles, as where it was closed
  keeper.prepare();
  keeper.start();
  await browser.advance(100);
  keeper.stop();
  browser.offers = Promise.resolve();
  keeper.start();
  await browser.advance(1000);
  assert.equal(host.connected, 1);
});

test('left in each step of connecting, then joined again: live, with one session', async () => {
  for (const step of ['offer', 'post', 'connect'] as const) {
    const { browser, host, keeper } = make();
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    if (step === 'offer') browser.offers = gate;
    if (step === 'post') browser.answer = () => gate.then(() => browser.created());
    if (step === 'connect') browser.connects = false;
    keeper.start();
    await browser.advance(50);
    keeper.stop();
    browser.answer = ({ method }) =>
      method === 'POST' ? browser.created() : new Response(null, { status: 200 });
    browser.connects = true;
    browser.offers = Promise.resolve();
    keeper.start();
    release();
    await browser.advance(2000);
    assert.equal(host.connected, 1, step);
    const ended = browser.asked.filter(({ method }) => method === 'DELETE').length;
    assert.equal(browser.posts().length - ended, 1, `${step}: the first session is ended`);
  }
});

test('stop() in the moment in which the link is up: it is not adopted', async () => {
  const { browser, host, keeper } = make();
  browser.connects = false;
  keeper.start();
  await browser.advance(50);
  browser.connection.become('connected');
  keeper.stop();
  await settle();
  assert.equal(host.connected, 0);
  assert.equal(keeper.link, null);
  assert.ok(browser.asked.some(({ method }) => method === 'DELETE'));
});

test('[P50] Retry-After is kept, of 429 as of 503, in seconds and as a date', async () => {
  for (const [status, header] of [
    [503, '7'],
    [429, '7'],
    [503, new Date(Date.now() + 8000).toUTCString()],
  ] as const) {
    const { browser, host, keeper } = make();
    browser.answer = () => browser.refusal(status, { 'Retry-After': header });
    keeper.start();
    await browser.advance(5900);
    assert.equal(browser.posts().length, 1, String(status));
    assert.equal(host.failed[0]?.verdict, 'busy');
    browser.answer = () => browser.created();
    await browser.advance(3000);
    assert.equal(host.connected, 1);
  }
});

test('[P50] a move does not cut short what Retry-After asks for', async () => {
  const { browser, host, keeper } = make();
  browser.answer = () => browser.refusal(429, { 'Retry-After': '7' });
  keeper.start();
  await browser.advance(500);
  browser.answer = () => browser.created();
  keeper.reconnect('gone');
  await browser.advance(5400);
  assert.equal(browser.posts().length, 1);
  await browser.advance(3000);
  assert.equal(host.connected, 1);
});

test('a connection that the browser cannot make is tried again', async () => {
  const { browser, host, keeper } = make();
  const makeLink = host.makeLink;
  host.makeLink = () => {
    throw new DOMException('too many', 'UnknownError');
  };
  keeper.start();
  await browser.advance(100);
  assert.equal(host.failed.length, 1);
  host.makeLink = makeLink;
  await browser.advance(3000);
  assert.equal(host.connected, 1);
});

test('a refusal for good ends the tries', async () => {
  const { browser, host, keeper } = make();
  browser.answer = () => browser.refusal(403);
  keeper.start();
  await browser.advance(30_000);
  assert.equal(browser.posts().length, 1);
  assert.equal(host.refused?.verdict, 'forbidden');
});

test('[P106] a POST that is not answered is given up after 12 s, on a far link later', async () => {
  for (const [tripMs, atMostMs] of [
    [20, 13_000],
    [5000, 61_000],
  ] as const) {
    const { browser, host, keeper } = make();
    for (let i = 0; i < 50; i++) host.patience.measured(tripMs);
    browser.answer = () => new Promise(() => {});
    keeper.start();
    await browser.advance(11_900);
    assert.equal(host.failed.length, 0);
    if (tripMs > 1000) await browser.advance(20_000);
    assert.equal(host.failed.length, 0, `${tripMs} ms`);
    await browser.advance(atMostMs - 11_900);
    assert.ok(host.failed.length > 0);
  }
});

test('[P106] ICE that does not connect is given up after 4 s, on a far link later', async () => {
  for (const [tripMs, beforeMs, afterMs] of [
    [20, 3900, 4500],
    [3000, 15_000, 41_000],
  ] as const) {
    const { browser, host, keeper } = make();
    for (let i = 0; i < 50; i++) host.patience.measured(tripMs);
    browser.connects = false;
    keeper.start();
    await browser.advance(beforeMs);
    assert.equal(host.failed.length, 0, `${tripMs} ms`);
    await browser.advance(afterMs - beforeMs);
    assert.equal(host.failed.length, 1, `${tripMs} ms`);
  }
});

test('[P50] a link that fails is replaced within 300 ms, make before break', async () => {
  const { browser, host, keeper } = make();
  keeper.start();
  await browser.advance(100);
  const first = browser.connection;
  first.stats = [{ type: 'transport' }];
  first.become('failed');
  await browser.advance(500);
  await browser.advance(300);
  assert.equal(host.connected, 2);
  assert.notEqual(browser.connection, first);
  await browser.advance(100);
  assert.equal(first.signalingState, 'closed');
});

test('[P106] the link before stays until the new one shows, on a far link longer', async () => {
  for (const [tripMs, shownMs, closedMs] of [
    [20, 6000, 2000],
    [5000, 6000, 6000],
    [5000, 60_000, 16_000],
  ] as const) {
    const { browser, host, keeper } = make();
    for (let i = 0; i < 50; i++) host.patience.measured(tripMs);
    keeper.start();
    await browser.advance(100);
    const old = browser.connection;
    host.onConnected = () => new Promise((resolve) => browser.after(shownMs, resolve));
    keeper.reconnect('drain');
    await browser.advance(200);
    assert.equal(browser.connections.length, 2);
    await browser.advance(closedMs - 300);
    assert.notEqual(old.signalingState, 'closed', `${tripMs} ms: still shown`);
    await browser.advance(1000);
    assert.equal(old.signalingState, 'closed', `${tripMs} ms`);
  }
});

test('one page, a thousand moves: one link remains', async () => {
  const { browser, keeper } = make();
  keeper.start();
  await browser.advance(100);
  for (let i = 0; i < 1000; i++) keeper.reconnect('worker');
  await browser.advance(10_000);
  const open = browser.connections.filter(({ signalingState }) => signalingState !== 'closed');
  assert.equal(open.length, 1);
});
