import { FakeBrowser, FakeTrack } from './fakes';
import assert from 'node:assert/strict';
import test from 'node:test';
import { Teacher } from '../src/class/teacher';

function open() {
  const browser = new FakeBrowser();
  const teacher = new Teacher('algebra', 'vp8', browser);
  return { browser, teacher };
}

const resumes = (browser: FakeBrowser) =>
  browser.posts().map(({ url }) => url.searchParams.get('resume'));

async function start() {
  const { browser, teacher } = open();
  teacher.admit();
  browser.socket.welcome();
  teacher.start();
  await browser.advance(100);
  assert.equal(teacher.state, 'live');
  return { browser, teacher };
}

test('[P100] the first POST after a tap may take over, those by itself may not', async () => {
  const { browser, teacher } = await start();
  browser.connection.stats = [{ type: 'transport' }];
  browser.connection.become('failed');
  await browser.advance(1500);
  assert.deepEqual(resumes(browser), [null, '1']);
  teacher.stop();
  teacher.start();
  await browser.advance(100);
  assert.deepEqual(resumes(browser), [null, '1', null]);
});

test('[P100] after a reload it comes back by itself, and yields to whoever teaches', async () => {
  const { browser, teacher } = open();
  browser.answer = () => browser.refusal(409);
  teacher.admit();
  teacher.start(true);
  await browser.advance(20_000);
  assert.deepEqual(resumes(browser), ['1']);
  assert.equal(teacher.state, 'refused-replaced');
  browser.answer = () => browser.created();
  teacher.start();
  await browser.advance(100);
  assert.equal(teacher.state, 'live', 'by a tap');
});

test('[P46] replaced: it stops, says so, and does not come back', async () => {
  const { browser, teacher } = await start();
  browser.socket.say({ type: 'replaced' });
  browser.socket.say({ type: 'move', reason: 'worker' });
  browser.socket.close();
  browser.fire('online');
  await browser.advance(60_000);
  assert.equal(teacher.state, 'refused-replaced');
  assert.equal(browser.posts().length, 1);
});

test('another teacher is live: said, without another try', async () => {
  const { browser, teacher } = open();
  browser.answer = () => browser.refusal(409);
  teacher.admit();
  teacher.start();
  await browser.advance(20_000);
  assert.equal(teacher.state, 'refused-conflict');
  assert.equal(browser.posts().length, 1);
});

test('[P39] a server that does not know the class any more ends no lesson', async () => {
  const { browser, teacher } = await start();
  const unknown = async () => {
    browser.socket.close(1012);
    await browser.advance(1000);
    browser.socket.open();
    browser.socket.say({ type: 'error', code: 'unknown-class', text: 'No.' });
    browser.socket.close(4404);
  };
  await unknown();
  assert.equal(teacher.state, 'live', 'the media goes on');
  browser.answer = () => browser.refusal(404);
  browser.connection.become('failed');
  await browser.advance(2000);
  assert.equal(teacher.state, 'refused-unknown');
  browser.answer = () => browser.created();
  await browser.advance(12_000);
  assert.equal(teacher.state, 'live', 'without a tap');
});

test('what is switched on is said on each connection', async () => {
  const { browser, teacher } = await start();
  const microphone = new FakeTrack('audio');
  microphone.enabled = false;
  await teacher.put('microphone', microphone.asTrack());
  browser.socket.close(1012);
  await browser.advance(1000);
  browser.socket.welcome();
  assert.deepEqual(browser.socket.of('sources')[0], {
    type: 'sources',
    camera: false,
    microphone: false,
    screen: false,
  });
  assert.equal(browser.socket.of('media')[0]?.session, 'w0-1', 'the same session');
  assert.equal(teacher.state, 'live');
});

test('[P95] moved by a drain: the old link goes when pictures leave by the new one', async () => {
  const { browser, teacher } = await start();
  await teacher.put('camera', new FakeTrack('video').asTrack());
  const old = browser.connection;
  await browser.advance(20_000);
  browser.socket.say({ type: 'move', reason: 'drain' });
  await browser.advance(1000);
  assert.notEqual(browser.connection, old);
  assert.equal(browser.connection.connectionState, 'connected');
  assert.equal(teacher.state, 'live');
  assert.notEqual(old.signalingState, 'closed', 'nothing leaves by the new one yet');
  browser.connection.stats = [
    { type: 'outbound-rtp', kind: 'video', mid: '1', rid: 'l', framesEncoded: 1 },
  ];
  await browser.advance(100);
  assert.equal(old.signalingState, 'closed');
});

test('started before the ticket is redeemed: it waits, then teaches', async () => {
  const { browser, teacher } = open();
  teacher.start();
  teacher.onWait('busy');
  await browser.advance(3000);
  assert.equal(teacher.state, 'busy');
  assert.equal(browser.asked.length, 0);
  teacher.admit();
  await browser.advance(100);
  assert.equal(teacher.state, 'live');
});
