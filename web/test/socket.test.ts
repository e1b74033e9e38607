import { FakeBrowser } from './fakes';
import assert from 'node:assert/strict';
import test from 'node:test';
import type { ServerMessage } from '../src/link/messages';
import { Patience } from '../src/link/patience';
import { ClassSocket, type SocketHost, type SocketRefusal } from '../src/link/socket';
import type { Wait } from '../src/link/verdict';

class Host implements SocketHost {
  readonly seat = { class: 'algebra', role: 'student' } as const;
  welcomes = 0;
  readonly waits: Wait[] = [];
  readonly refused: string[] = []; // for good: to which verdict
  readonly messages: ServerMessage[] = [];
  onMessage = (message: ServerMessage) => void this.messages.push(message);
  onWelcome = () => void this.welcomes++;
  onWait = (wait: Wait) => void this.waits.push(wait);
  onRefused = ({ verdict }: SocketRefusal) => void this.refused.push(verdict);
}

function open(patience = new Patience(null)) {
  const browser = new FakeBrowser();
  const host = new Host();
  const socket = new ClassSocket(host, patience, browser);
  socket.connect();
  return { browser, host, socket, patience };
}

test('[P106] a connection that never opens is given up and made again', async () => {
  const { browser, host } = open();
  await browser.advance(8000);
  assert.equal(browser.sockets.length, 1);
  await browser.advance(2000);
  assert.equal(browser.sockets.length, 2);
  assert.deepEqual(host.waits, []);
});

test('[P106] the network is back: a connecting WebSocket begins anew at once', async () => {
  const { browser } = open();
  await browser.advance(500);
  browser.fire('online');
  assert.equal(browser.sockets.length, 2);
  assert.equal(browser.sockets[0]?.readyState, 3);
  browser.socket.welcome();
  browser.fire('online');
  assert.equal(browser.sockets.length, 2, 'an open one is asked instead');
  assert.equal(browser.socket.of('ping').length, 1);
});

test('[P106] a far link gets the time that it needs, a good one 4 s', async () => {
  for (const [tripMs, patientMs] of [
    [20, 3000],
    [5000, 20_000],
  ] as const) {
    const { browser, socket, patience } = open();
    browser.socket.welcome();
    for (let i = 0; i < 50; i++) patience.measured(tripMs);
    socket.check();
    await browser.advance(patientMs > 4000 ? tripMs + 4000 : patientMs);
    assert.equal(browser.sockets.length, 1, `${tripMs} ms: not given up`);
    await browser.advance(30_000);
    assert.ok(browser.sockets.length > 1, `${tripMs} ms: given up`);
  }
});

test('a hello that nobody answers is noticed', async () => {
  const { browser } = open();
  browser.socket.open();
  await browser.advance(12_000);
  assert.equal(browser.sockets.length, 2);
});

test('[P104] unknown errors are tried again, later; final ones are not', async () => {
  const { browser, host } = open();
  browser.socket.open();
  browser.socket.say({ type: 'error', code: 'something-new', text: 'No.' });
  browser.socket.close(4999);
  assert.deepEqual(host.waits, ['busy']);
  await browser.advance(4900);
  assert.equal(browser.sockets.length, 1, 'not before 5 s');
  await browser.advance(1000);
  assert.equal(browser.sockets.length, 2);
  browser.socket.open();
  browser.socket.say({ type: 'error', code: 'token-expired', text: 'No.' });
  browser.socket.close(4401);
  await browser.advance(60_000);
  assert.equal(browser.sockets.length, 2);
  assert.deepEqual(host.refused, ['token']);
});

test('[P104] the page waits as long as it is told', async () => {
  const { browser } = open();
  browser.socket.open();
  browser.socket.say({ type: 'error', code: 'too-many-pages', text: 'No.', retry_after: 20 });
  browser.socket.close(4429);
  await browser.advance(19_900);
  assert.equal(browser.sockets.length, 1);
  await browser.advance(1000);
  assert.equal(browser.sockets.length, 2);
});

test('[P104] a server that restarts (1012) is asked again at once', async () => {
  const { browser, host } = open();
  browser.socket.welcome();
  browser.socket.close(1012);
  await browser.advance(300);
  assert.equal(browser.sockets.length, 2);
  assert.deepEqual(host.refused, []);
});

// Until the network is back or `ms` are over, nobody answers; how often was asked.
async function triesIn(browser: FakeBrowser, ms: number): Promise<number> {
  const before = browser.sockets.length;
  for (let passed = 0; passed < ms; passed += 50) {
    if (browser.socket.readyState !== 3) browser.socket.close();
    await browser.advance(50);
  }
  return browser.sockets.length - before;
}

test('[P50] a server that is gone after a long class is asked less and less often', async () => {
  const { browser } = open();
  browser.socket.welcome();
  await browser.advance(15_000); // under the ping's interval
  assert.ok((await triesIn(browser, 3000)) <= 5);
  assert.ok((await triesIn(browser, 60_000)) <= 16, 'every 5 s at the end');
});

test('[P96] a server that said it restarts is asked every 0.8 s, for 15 s', async () => {
  const { browser } = open();
  browser.socket.welcome();
  browser.socket.close(1012);
  const soon = await triesIn(browser, 14_000);
  assert.ok(soon >= 14 && soon <= 20, `${soon} tries`);
  assert.ok((await triesIn(browser, 60_000)) <= 16);
});

test('[P50] a server that is back but does not know the class yet is asked again soon', async () => {
  const { browser } = open();
  browser.socket.welcome();
  browser.socket.close(1012);
  await triesIn(browser, 5000);
  await browser.advance(2000);
  browser.socket.open();
  browser.socket.say({ type: 'error', code: 'unknown-class', text: 'No.' });
  browser.socket.close(4404);
  assert.equal(await triesIn(browser, 300), 1);
});

test('what is no message is no harm', () => {
  const { browser, host } = open();
  browser.socket.welcome();
  for (const text of ['', '{', 'null', '[]', '"x"', '{}']) browser.socket.say(text);
  assert.equal(host.messages.length, 1, 'the welcome');
});
