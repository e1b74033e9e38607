// What people do in a class besides looking and listening.
import assert from 'node:assert/strict';
import { Student, Teacher, hook } from './lib/actors.mjs';
import { until } from './lib/wait.mjs';

const kSky = hook('reactions-sky');

// What rises over a page's picture at this moment.
const risen = (actor) =>
  actor.page.evaluate(
    (sky) => [...(document.querySelector(sky)?.children ?? [])].map((drop) => drop.dataset.kind),
    kSky,
  );

const untilThere = (actor, name) =>
  until(`the button ${name}`, 10_000, async () => (await actor.page.$(hook(name))) !== null);

export default function define(test) {
  for (const name of ['chromium', 'firefox']) {
    test(`room: a student's applause is seen by everybody (${name})`, { quick: name === 'chromium' }, async (context) => {
      const server = await context.server();
      const browser = await context.chromium();
      const teacher = await Teacher.start(browser, server, 'applause');
      const student = await Student.join(await context[name](), server, 'applause');
      const other = await Student.join(browser, server, 'applause');
      for (const actor of [teacher, student, other])
        await untilThere(actor, 'reaction-clap');
      await student.click('reaction-clap');
      await Promise.all(
        [teacher, student, other].map((actor) =>
          until('applause', 5000, async () => (await risen(actor)).includes('clap'), 50),
        ),
      );
      await until('it has faded', 6000, async () => (await risen(other)).length === 0);
      assert.equal(await student.state(), 'live');
    });
  }

  test('room: reactions by keyboard, named in both languages', { quick: true }, async (context) => {
    const server = await context.server();
    const browser = await context.chromium();
    await Teacher.start(browser, server, 'keys');
    const student = await Student.join(browser, server, 'keys');
    await untilThere(student, 'reaction-wow');
    const label = () =>
      student.page.$eval(hook('reaction-wow'), (button) => button.getAttribute('aria-label'));
    const names = [await label()];
    await student.click('language');
    names.push(await label());
    assert.deepEqual(names.sort(), ['Wah', 'Wow']);
    await student.page.focus(hook('reaction-wow'));
    await student.page.keyboard.press('Enter');
    await until('it rises', 5000, async () => (await risen(student)).includes('wow'), 50);
    const focused = await student.page.evaluate(() => document.activeElement?.dataset.testid);
    assert.equal(focused, 'reaction-wow', 'the focus stays where it was');
  });
}
