// What must outlive the processes: kill -9 loses nothing that was acknowledged.
import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { until } from './lib/wait.mjs';

const kRounds = 10;

const classUrl = (server, name) => `${server.url}/api/v1/classes/${name}`;

async function isThere(server, name) {
  return (await fetch(classUrl(server, name))).status === 200;
}

// Makes classes one after another until told to stop; the names of those that were acknowledged.
function makeClasses(server, prefix) {
  const state = { isOver: false, made: [], refused: 0 };
  const work = async () => {
    for (let i = 0; !state.isOver; i++) {
      const name = `${prefix}-${i}`;
      const answer = await fetch(classUrl(server, name), { method: 'PUT' }).catch(() => null);
      if (answer?.status === 201) state.made.push(name);
      else state.refused += 1;
    }
    return state;
  };
  state.done = work();
  return state;
}

export default function define(test) {
  test('records: classes that were acknowledged outlive kill -9 of signaling, store and both', {}, async (context) => {
    const server = await context.server();
    const acknowledged = [];
    for (let round = 0; round < kRounds; round++) {
      const making = makeClasses(server, `r${round}`);
      await until('some classes are made', 10_000, () => making.made.length > 20);
      const victims = [['signaling'], ['store'], ['store', 'signaling']][round % 3];
      for (const victim of victims) server.kill(victim);
      const before = making.made.length;
      await until('classes are made again', 10_000, () => making.made.length > before + 5);
      making.isOver = true;
      acknowledged.push(...(await making.done).made);
    }
    server.kill('signaling');
    await until('the server is ready', 10_000, async () =>
      fetch(`${server.url}/readyz`).then((answer) => answer.status === 200, () => false),
    );
    const { classes } = await (await fetch(`${server.url}/api/v1/classes`)).json();
    const there = new Set(classes.map((one) => one.class));
    const lost = acknowledged.filter((name) => !there.has(name));
    context.note(`${acknowledged.length} classes acknowledged over ${kRounds} kills, ${lost.length} lost`);
    assert.deepEqual(lost, []);
  });

  test('records: a deleted class stays deleted over a restart of the whole server', {}, async (context) => {
    const server = await context.server();
    for (const name of ['stays', 'goes']) await fetch(classUrl(server, name), { method: 'PUT' });
    assert.equal((await fetch(classUrl(server, 'goes'), { method: 'DELETE' })).status, 204);
    await server.end();
    await server.launch();
    assert.equal(await isThere(server, 'stays'), true);
    assert.equal(await isThere(server, 'goes'), false);
  });

  test('records: a database that cannot be used is said, and classes go on', {}, async (context) => {
    const server = await context.server();
    await fetch(classUrl(server, 'early'), { method: 'PUT' });
    // A folder in the database's place: no right of root helps over that.
    const file = path.join(server.data, 'lectern.db');
    server.kill('store');
    renameSync(file, `${file}.away`);
    mkdirSync(file);
    await until('the trouble is told', 10_000, async () =>
      (await (await fetch(`${server.url}/readyz`)).text()).includes('Nothing can be kept'),
    );
    assert.equal((await fetch(`${server.url}/readyz`)).status, 200);
    const refused = await fetch(classUrl(server, 'late'), { method: 'PUT' });
    assert.equal(refused.status, 503);
    assert.equal((await refused.json()).code, 'not-kept');
    assert.equal(await isThere(server, 'early'), true);
    rmdirSync(file);
    renameSync(`${file}.away`, file);
    await until('classes can be made again', 15_000, async () =>
      (await fetch(classUrl(server, 'late'), { method: 'PUT' })).ok,
    );
    assert.doesNotMatch(await (await fetch(`${server.url}/readyz`)).text(), /Nothing can be kept/);
  });

  test('records: a data folder of a newer server is refused with a sentence', {}, async (context) => {
    const server = await context.server();
    await server.end();
    writeFileSync(path.join(server.data, 'VERSION'), '999\n');
    await assert.rejects(server.launch(), /is of a newer server \(version 999/);
  });
}
