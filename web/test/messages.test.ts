import { FakeBrowser } from './fakes';
import assert from 'node:assert/strict';
import test from 'node:test';
import { isServerMessage } from '../src/link/messages';
import type { Stage } from '../src/class/stage';
import { Teacher } from '../src/class/teacher';
import { Viewer } from '../src/class/viewer';

type Message = Record<string, unknown>;

// Each message as the server sends it, and the names of the members that may be missing.
const kOn = { camera: true, microphone: true, screen: false };
const kWelcome = { version: 1, server: '1.0', class: 'algebra', role: 'student', ping_s: 20 };
const kGood: [Message, ...string[]][] = [
  [{ type: 'welcome', ...kWelcome }, 'version', 'server', 'class', 'role'],
  [{ type: 'class', teacher: 'away', sources: kOn }],
  [
    { type: 'audience', viewers: 7, rungs: { '360p': 7 }, trouble: { sound: 1, picture: 2 } },
    'rungs',
    'trouble',
  ],
  [{ type: 'rung', rung: '180p', fps: 25, reason: 'loss' }, 'fps'],
  [{ type: 'encodings', session: 'w0-1', camera: ['l'], screen: [] }, 'camera', 'screen'],
  [{ type: 'unusable', session: 'w0-1', track: 'camera', reason: 'malformed' }, 'track', 'reason'],
  [{ type: 'move', reason: 'drain' }],
  [{ type: 'replaced' }],
  [{ type: 'token', token: 'fresh' }],
  [{ type: 'pong', t: 5 }, 't'],
  [{ type: 'error', code: 'unknown-class', text: 'No.', retry_after: 5, limit: 20, rate: 8 }, 'text', 'retry_after', 'limit', 'rate'],
];
// Members of the protocol that no page reads: whatever they are, the message counts.
const kUnread = ['version', 'server', 'class', 'role', 'fps', 'screen', 't', 'text'];
const kValues = [null, true, 5, 'x', [], {}];

const kindOf = (value: unknown) =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;

function* wrongOf(good: unknown): Generator<unknown> {
  yield* kValues.filter((value) => kindOf(value) !== kindOf(good));
  if (kindOf(good) !== 'object') return;
  for (const name of ['camera', 'sound']) {
    const members = good as Message;
    if (!(name in members)) continue;
    yield { ...members, [name]: undefined };
    for (const wrong of wrongOf(members[name])) yield { ...members, [name]: wrong };
  }
}

function* bad(): Generator<Message> {
  for (const [message, ...optional] of kGood) {
    for (const name of Object.keys(message)) {
      if (name === 'type' || kUnread.includes(name)) continue;
      for (const wrong of wrongOf(message[name])) yield { ...message, [name]: wrong };
      if (!optional.includes(name)) yield { ...message, [name]: undefined };
    }
  }
  for (const type of [undefined, ...kValues, 'constructor', '__proto__', ['pong']]) {
    yield { ...kWelcome, type, sources: kOn };
  }
}

test('[P30] each message counts, also with members that no page knows and without optional ones', () => {
  for (const [message, ...optional] of kGood) {
    const least = Object.entries(message).filter(([name]) => !optional.includes(name));
    for (const given of [message, { ...message, news: [1] }, Object.fromEntries(least)]) {
      assert.ok(isServerMessage(given), JSON.stringify(given));
    }
    for (const name of kUnread) {
      if (name in message) assert.ok(isServerMessage({ ...message, [name]: null }), name);
    }
  }
});

const kStage = {
  unlock: () => {},
  keepPlaying: () => {},
  setSources: () => {},
  setPicture: () => {},
  show: async () => {},
  isPaused: false,
};

test('[P30] a message of an unknown type, or with a wrong or missing member, changes nothing', async () => {
  const open = {
    student: (browser: FakeBrowser) => {
      const viewer = new Viewer('algebra', kStage as unknown as Stage, browser);
      viewer.admit();
      viewer.join();
      return viewer;
    },
    teacher: (browser: FakeBrowser) => {
      const teacher = new Teacher('algebra', 'vp8', browser);
      teacher.admit();
      teacher.start();
      return teacher;
    },
  };
  for (const page of [open.student, open.teacher]) {
    const browser = new FakeBrowser();
    const visitor = page(browser);
    browser.socket.welcome();
    await browser.advance(100);
    let count = 0;
    visitor.onChange = () => count++;
    const state = () => JSON.stringify([visitor.stats(), visitor.state, browser.posts().length]);
    const before = state();
    const sent = browser.socket.sent.length;
    for (const message of bad()) {
      browser.socket.say(message);
      assert.equal(state(), before, JSON.stringify(message));
    }
    assert.equal(count, 0);
    assert.equal(browser.socket.sent.length, sent);
    for (const [message] of kGood.filter(([{ type }]) => type !== 'error')) {
      browser.socket.say(message);
    }
    assert.ok(count > 0, 'good ones still work');
  }
});

test('[P33] a welcome that does not say when to ask is none: the page says hello again', async () => {
  const browser = new FakeBrowser();
  new Viewer('algebra', kStage as unknown as Stage, browser).admit();
  browser.socket.open();
  browser.socket.say({ type: 'welcome' });
  await browser.advance(12_000);
  assert.equal(browser.sockets.length, 2);
  browser.socket.welcome();
  await browser.advance(22_000);
  assert.equal(browser.socket.of('ping').length, 1);
});
