// The pages keep the wish of the person, whatever browser, tab and network do to them.
import assert from 'node:assert/strict';
import { Actor, Student, Teacher, hook } from './lib/actors.mjs';
import { newWindow } from './lib/browsers.mjs';
import { until } from './lib/wait.mjs';

const kBrowsers = ['chromium', 'firefox'];

// Another page of the same tab's storage, as a duplicated tab or a link with rel=opener makes it.
async function copyOf(page) {
  const opened = new Promise((resolve) => page.once('popup', resolve));
  await page.evaluate(() => window.open(location.href));
  return new Actor(await opened);
}

const secondsOf = (page) => page.$eval(hook('camera-video'), (video) => video.currentTime);

export default function define(test) {
  for (const kind of kBrowsers) {
    test(`wishes: reload, then one tap is enough (${kind})`, { quick: true }, async (context) => {
      const server = await context.server();
      await Teacher.start(await context.chromium(), server, 'again');
      const browser = await context[kind]({ autoplay: false });
      const student = await Student.join(browser, server, 'again', {});
      for (let i = 0; i < 2; i++) {
        await student.page.reload();
        // Where the browser wants a tap it says so; where it lets the page play, it plays.
        await until('a button, or the class', 20_000, async () => {
          const state = await student.state();
          return ['ready', 'paused', 'live'].includes(state);
        });
        const asked = ['join', 'resume'];
        for (const name of asked) if (await student.isShown(name)) await student.click(name);
        await student.untilState('live', 20_000);
        const before = await secondsOf(student.page);
        await until('it plays', 10_000, async () => (await secondsOf(student.page)) > before);
      }
    });
  }

  test('wishes: what the teacher switched off stays off', { quick: true }, async (context) => {
    const server = await context.server();
    const browser = await context.chromium();
    const teacher = await Teacher.start(browser, server, 'off');
    const student = await Student.join(browser, server, 'off');
    await teacher.click('microphone');
    await teacher.click('camera');
    await student.untilState('quiet');
    await teacher.page.reload();
    await teacher.untilState('live', 20_000);
    const pressed = (name) => teacher.page.$eval(hook(name), (e) => e.getAttribute('aria-pressed'));
    assert.deepEqual([await pressed('microphone'), await pressed('camera')], ['false', 'false']);
    assert.deepEqual((await teacher.stats()).on, { camera: false, microphone: false, screen: false });
    await student.untilState('quiet', 20_000);
    await teacher.click('camera');
    await student.untilLayout('camera', 20_000);
    assert.equal(await pressed('microphone'), 'false');
  });

  for (const kind of kBrowsers) {
    test(`wishes: a copied tab takes nothing by itself (${kind})`, {}, async (context) => {
      const server = await context.server();
      const browser = await context[kind]({ flags: ['--disable-popup-blocking'] });
      const first = await Teacher.start(browser, server, 'copied');
      const second = await copyOf(first.page);
      await until('the copy is there', 20_000, () =>
        second.page.evaluate(() => typeof window.lectern?.stats === 'function').catch(() => false),
      );
      await until('it has a name of its own', 20_000, async () => {
        const name = (page) => page.evaluate(() => sessionStorage.getItem('lectern.client'));
        return (await name(first.page)) !== (await name(second.page));
      });
      assert.equal(await second.state(), 'lobby');
      assert.equal(await first.state(), 'live');
      await second.page.bringToFront();
      await second.click('start');
      await first.untilState('refused-replaced', 20_000);
      await second.untilState('live', 20_000);
      // Loaded again without a tap: it does not take the class back.
      await first.page.reload();
      await first.untilState('lobby', 20_000);
      assert.equal(await second.state(), 'live');
    });
  }

  test('wishes: a paused element plays on, or says so and is counted', {}, async (context) => {
    const server = await context.server();
    const browser = await context.chromium();
    const teacher = await Teacher.start(browser, server, 'paused');
    const student = await Student.join(browser, server, 'paused');
    const video = (action) => student.page.$eval(hook('camera-video'), action);
    await video((element) => element.pause());
    await until('it plays on', 5000, () => video((element) => !element.paused));
    await video((element) => {
      element.realPlay = element.play;
      element.play = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
      element.pause();
    });
    await student.untilState('paused');
    assert.equal((await student.stats()).paused, true);
    await until('the teacher hears of it', 10_000, async () =>
      (await teacher.text('trouble')).includes('1'),
    );
    await video((element) => (element.play = element.realPlay));
    await student.click('resume');
    await student.untilState('live');
    await until('it plays', 5000, () => video((element) => !element.paused));
    await until('and that too', 10_000, async () => (await teacher.text('trouble')) === '');
  });

  test('wishes: sound alone is a card with a reason', { quick: true }, async (context) => {
    const server = await context.server();
    const browser = await context.chromium();
    await Teacher.start(browser, server, 'alone');
    const student = await Student.join(browser, server, 'alone');
    await student.untilLayout('camera');
    await student.page.select(hook('limit'), 'audio');
    await student.untilLayout('none');
    assert.match(await student.text('blank-text'), /as you chose/);
    assert.equal((await student.stats()).picture, 'limited');
    await student.page.select(hook('limit'), '');
    await student.untilLayout('camera', 20_000);
    await until('it moves', 10_000, async () => (await student.stats()).picture === 'moving');
  });

  test('wishes: a class ends when the teacher says so twice', { quick: true }, async (context) => {
    const server = await context.server();
    const browser = await context.chromium();
    const teacher = await Teacher.start(browser, server, 'ended');
    const focused = () => teacher.page.evaluate(() => document.activeElement.dataset.testid);
    assert.equal(await focused(), 'stop', 'the focus is where the pressed button was');
    await teacher.click('stop');
    await teacher.page.keyboard.press('Escape');
    assert.equal(await teacher.isShown('end-confirm'), false);
    assert.equal(await teacher.state(), 'live');
    await teacher.page.keyboard.press('Enter');
    await teacher.click('end-confirm');
    await teacher.untilState('lobby');
    assert.equal(await focused(), 'start');
  });

  test('wishes: a lost redemption is tried again', { quick: true }, async (context) => {
    const server = await context.server();
    const browser = await context.chromium();
    const page = await newWindow(browser);
    let requests = 0;
    const bodies = new Set();
    await page.setRequestInterception(true);
    page.on('request', (request) => {
      if (!request.url().endsWith('/redeem')) return void request.continue();
      bodies.add(request.postData());
      if (++requests < 3) return void request.abort('connectionreset');
      void request.respond({ status: 404, contentType: 'application/problem+json', body: '{}' });
    });
    await page.goto(`${server.url}/watch/demo?token=once`);
    const student = new Student(page);
    await until('two were lost', 10_000, () => requests >= 2);
    await student.untilState('refused-token');
    assert.deepEqual([requests, bodies.size], [3, 1]);
  });

  test('wishes: plain http from elsewhere says why there is no camera', {}, async (context) => {
    const server = await context.server();
    const flags = ['--host-resolver-rules=MAP school.test 127.0.0.1'];
    const browser = await context.chromium({ flags });
    for (const [language, word] of [
      ['en', /plain http.*https.*localhost:\d+\/teach\/demo/],
      ['id', /http biasa.*https.*localhost:\d+\/teach\/demo/],
    ]) {
      const page = await newWindow(browser, { language });
      await page.goto(`http://school.test:${server.port}/teach/demo`);
      await page.waitForSelector(hook('fault-camera'));
      const teacher = new Actor(page);
      assert.match(await teacher.text('fault-camera'), word);
      const link = await page.$eval(hook('open-https'), (a) => a.href);
      assert.equal(link, `https://school.test:${server.port}/teach/demo`);
      await page.close();
    }
  });
}
