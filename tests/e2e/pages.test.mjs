// What the pages say and do around the class itself.
import assert from 'node:assert/strict';
import { Actor, Student, Teacher, hook } from './lib/actors.mjs';
import { newWindow } from './lib/browsers.mjs';
import { holdsFor, until } from './lib/wait.mjs';

export default function define(test) {
  test(
    'pages: a student waits, the class begins, the teacher goes',
    { quick: true },
    async (context) => {
      const server = await context.server();
      const browser = await context.chromium();
      const teacher = await Teacher.open(browser, server, 'states');
      const student = await Student.open(browser, server, 'states');
      assert.equal(await student.state(), 'ready');
      await student.click('join');
      await student.untilState('waiting');
      await teacher.click('start');
      await teacher.untilState('live');
      await student.untilState('live');
      await until(
        'the student is counted',
        5000,
        async () => (await teacher.text('viewers')) === '1',
      );

      await teacher.click('microphone');
      await teacher.click('camera');
      await student.untilState('quiet');
      await teacher.click('microphone');
      await student.untilState('live');
      assert.ok(await student.isShown('blank'), 'without a camera there is no picture');
      await teacher.click('camera');
      await student.untilLayout('camera');

      await teacher.end();
      await student.untilState('ended');
      await teacher.click('start');
      await student.untilState('live');
    },
  );

  test(
    'pages: the student chooses a rung and reads the statistics',
    { quick: true },
    async (context) => {
      const server = await context.server();
      const browser = await context.chromium();
      const teacher = await Teacher.start(browser, server, 'rungs');
      await teacher.untilSending(2);
      const student = await Student.join(browser, server, 'rungs');
      await until('the best picture', 10_000, async () => (await student.stats()).height === 360);
      await student.page.select(hook('limit'), 'audio');
      await until('sound only', 5000, async () => (await student.stats()).rung === 'audio');
      let decoded = -1;
      await until(
        'the pictures under way have come',
        10_000,
        async () => {
          const before = decoded;
          decoded = (await student.stats()).frames_decoded;
          return decoded === before;
        },
        600,
      );
      const heard = await student.observe(2000);
      assert.ok(heard.energy > 1e-4, 'sound goes on');
      assert.ok(heard.decoded <= 2, `${heard.decoded} pictures came nevertheless`);
      await student.page.select(hook('limit'), '');
      await until(
        'the picture is back',
        10_000,
        async () => (await student.stats()).height === 360,
      );
      await student.click('stats-button');
      await until('rows', 3000, async () => (await student.text('stat-bytes')).includes('MB'));
      const expected = ['rung', 'reason', 'rtt_ms', 'loss', 'bytes', 'frames_decoded', 'freezes'];
      const stats = await student.stats();
      for (const name of [
        ...expected,
        'audio_ms_concealed',
        'board_seq',
        'latency_ms',
        'join_ms',
      ]) {
        assert.ok(name in stats, name);
      }
      await until('the teacher sees the rung', 5000, async () =>
        Object.values((await teacher.stats()).rungs).some((count) => count === 1),
      );
    },
  );

  test('pages: two languages, remembered', { quick: true }, async (context) => {
    const server = await context.server();
    const browser = await context.chromium();
    const page = await newWindow(browser, { language: 'id' });
    await page.goto(`${server.url}/watch/demo`);
    const student = new Student(page);
    await until('Indonesian', 3000, async () => (await student.text('join')) === 'Masuk kelas');
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'id');
    await student.click('language');
    assert.equal(await student.text('join'), 'Join class');
    assert.equal(await page.evaluate(() => localStorage.getItem('lectern.language')), 'en');
  });

  test(
    'pages: no such class, a used ticket, no camera: words that say what to do',
    { quick: true },
    async (context) => {
      const server = await context.server();
      const browser = await context.chromium({ media: false });
      const page = await newWindow(browser);
      await page.goto(`${server.url}/watch/nobody-opened-this`);
      const student = new Student(page);
      await student.untilState('unknown');
      await page.goto(`${server.url}/watch/demo?token=used`);
      await student.untilState('refused-token');
      assert.equal(new URL(page.url()).search, '', 'the ticket leaves the address bar');
      assert.match(await student.text('notice-text'), /Ask your teacher/);
      await page.goto(`${server.url}/teach/demo`);
      const teacher = new Actor(page);
      await page.waitForSelector(hook('fault-camera'));
      await teacher.click('start');
      await teacher.untilState('live');
    },
  );

  test(
    'pages: a second window takes the class over, the first says so',
    { quick: true },
    async (context) => {
      const server = await context.server();
      const browser = await context.chromium();
      const first = await Teacher.start(browser, server, 'taken');
      const student = await Student.join(browser, server, 'taken');
      await student.follow();
      const second = await Teacher.start(browser, server, 'taken');
      await first.untilState('refused-replaced');
      await holdsFor('the first does not take it back', 3000, async () => {
        return (await second.state()) === 'live';
      });
      const seen = await student.observe(2000);
      assert.ok(seen.frames > 10, `the student sees the second: ${seen.frames} pictures`);
    },
  );

  test('pages: the list of classes', { quick: true }, async (context) => {
    const server = await context.server();
    const browser = await context.chromium();
    await Teacher.start(browser, server, 'listed');
    const page = await newWindow(browser);
    await page.goto(`${server.url}/`);
    await page.waitForSelector(`${hook('class-listed')}[data-teacher="live"]`);
    await page.click(hook('watch-listed'));
    await page.waitForSelector(hook('join'));
    assert.equal(new URL(page.url()).pathname, '/watch/listed');
    assert.deepEqual(page.complaints, []);
  });
}
