// Accessible to everybody: axe finds nothing on any page, in any main state, in both languages and at
// both widths; nothing is wider than a narrow phone.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Actor, Student, Teacher, hook } from './lib/actors.mjs';
import { newWindow } from './lib/browsers.mjs';
import { until } from './lib/wait.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const kWidths = [1280, 390, 320];

// By the debugger, which the page's CSP does not bind.
async function findings(page) {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map((n) => n.target.join(' ')).join(', ')}`,
    );
  });
}

async function check(actor, what) {
  const { page } = actor;
  await page.bringToFront();
  for (const language of ['en', 'id']) {
    if ((await page.evaluate(() => document.documentElement.lang)) !== language) {
      await actor.click('language');
    }
    for (const width of kWidths) {
      const where = `${what}, ${language}, ${width} px`;
      await page.setViewport({ width, height: 700 });
      assert.deepEqual(await findings(page), [], where);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${where}: ${wide} px too wide`);
    }
  }
  await page.setViewport({ width: 1280, height: 800 });
}

export default function define(test) {
  const name = 'aljabar-linear-untuk-kelas-tujuh-b';

  test('access: the teacher’s page', { timeoutMs: 240_000 }, async (context) => {
    const server = await context.server();
    const browser = await context.chromium();
    const teacher = await Teacher.open(browser, server, name);
    await check(teacher, 'lobby');
    await teacher.click('start');
    await teacher.untilState('live', 20_000);
    await Student.join(browser, server, name);
    await until('a student', 20_000, async () => (await teacher.text('viewers')) === '1');
    await check(teacher, 'live');
    await teacher.page.bringToFront();
    await teacher.click('stop');
    assert.deepEqual(await findings(teacher.page), [], 'the question whether to end');
  });

  test('access: the student’s page', { timeoutMs: 240_000 }, async (context) => {
    const server = await context.server();
    const browser = await context.chromium();
    await Teacher.start(browser, server, name);
    const student = await Student.open(browser, server, name);
    await check(student, 'ready');
    await student.join(20_000);
    await student.click('stats-button');
    await check(student, 'live');
    // The button shows what the element says (volumechange), which comes after the tap.
    const isPressed = (value) => async () =>
      (await student.page.$eval(hook('mute'), (e) => e.getAttribute('aria-pressed'))) === value;
    assert.ok(await isPressed('false')());
    await student.click('mute');
    await until('the button to be pressed', 2000, isPressed('true'));
  });

  test('access: lists, refusals, faults', { timeoutMs: 240_000 }, async (context) => {
    const server = await context.server();
    const browser = await context.chromium({ media: false });
    const page = await newWindow(browser);
    const actor = new Actor(page);
    await page.goto(`${server.url}/teach/${name}`);
    await page.waitForSelector(hook('fault-camera'));
    await check(actor, 'no devices');
    await page.goto(`${server.url}/watch/nobody-opened-this`);
    await actor.untilState('unknown');
    await check(actor, 'unknown');
    await page.goto(`${server.url}/`);
    await page.waitForSelector(hook(`class-${name}`));
    await check(actor, 'classes');
  });
}
