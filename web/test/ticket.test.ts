import { FakeBrowser, setGlobals } from './fakes';
import assert from 'node:assert/strict';
import test, { beforeEach } from 'node:test';
import { Patience } from '../src/link/patience';
import { redeemTicket, storedToken } from '../src/link/ticket';

beforeEach(() => {
  sessionStorage.clear();
  setGlobals({
    location: new URL('http://school.test/watch/algebra?token=T1&codec=h264'),
    history: { replaceState: (_: unknown, __: unknown, url: URL) => setGlobals({ location: url }) },
  });
});

const kSeat = { class: 'algebra', role: 'student' } as const;
const good = () => new Response('{"token":"jwt"}', { status: 200 });

function redeem(browser: FakeBrowser) {
  const waits: number[] = [];
  const result = redeemTicket(kSeat, new Patience(null), () => waits.push(1), browser);
  return { result, waits };
}

test('[P21] a ticket becomes a token and leaves the address', async () => {
  const browser = new FakeBrowser();
  browser.answer = good;
  assert.equal(await redeem(browser).result, true);
  assert.equal(storedToken(kSeat), 'jwt');
  assert.equal(location.search, '?codec=h264');
});

test('[P102] a lost request is sent again with the very same ticket', async () => {
  const lost: ((browser: FakeBrowser) => Promise<Response> | Response)[] = [
    () => Promise.reject(new TypeError('reset')),
    (browser) => browser.refusal(502),
    (browser) => browser.refusal(503, { 'Retry-After': '2' }),
    (browser) => browser.refusal(429, { 'Retry-After': '2' }),
    () => new Response('<html>', { status: 200 }),
    () => new Promise(() => {}),
  ];
  for (const [i, fail] of lost.entries()) {
    sessionStorage.clear();
    setGlobals({ location: new URL(`http://school.test/watch/algebra?token=T${i}`) });
    const browser = new FakeBrowser();
    browser.answer = () => (browser.asked.length < 3 ? fail(browser) : good());
    const { result, waits } = redeem(browser);
    await browser.advance(60_000);
    assert.equal(await result, true, String(i));
    assert.equal(new Set(browser.asked.map(({ body }) => body)).size, 1, 'the same each time');
    assert.equal(browser.asked.length, 3);
    assert.equal(waits.length, 2);
  }
});

test('[P102] only a definite answer means used', async () => {
  const browser = new FakeBrowser();
  browser.answer = () => browser.refusal(404);
  assert.equal(await redeem(browser).result, false);
  assert.equal(browser.asked.length, 1);
});

test('[P102] a reload in the middle of it does not lose the ticket', async () => {
  const first = new FakeBrowser();
  first.answer = () => new Promise(() => {});
  redeem(first);
  await first.advance(100);
  assert.equal(location.search, '?codec=h264');
  const second = new FakeBrowser();
  second.answer = good;
  assert.equal(await redeem(second).result, true);
  assert.deepEqual(second.asked[0]?.body, first.asked[0]?.body);
  const third = new FakeBrowser();
  assert.equal(await redeem(third).result, true);
  assert.equal(third.asked.length, 0, 'it is done');
});
