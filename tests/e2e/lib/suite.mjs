// Tests by name, run one after the other; each gets what it needs and everything is closed after it.
import { chromium, close, closeAll, firefox } from './browsers.mjs';
import { Runner } from './runner.mjs';
import { Server } from './server.mjs';

const tests = [];

// `quick`: also part of `run.mjs --quick`; `long`: only of `--long`; `skip`: why it cannot run here.
// `body` gets a Context.
export function test(name, options = {}, body) {
  const { quick = false, long = false, timeoutMs = 180_000, skip = '' } = options;
  if (tests.some((entry) => entry.name === name)) throw new Error(`two tests are named ${name}`);
  tests.push({ name, quick, long, timeoutMs, skip, body });
}

class Context {
  servers = [];
  browsers = [];
  notes = [];

  async server(options) {
    const server = await Server.start(options);
    this.servers.push(server);
    return server;
  }

  async chromium(options) {
    const browser = await chromium(options);
    this.browsers.push(browser);
    return browser;
  }

  async firefox(options) {
    const browser = await firefox(options);
    this.browsers.push(browser);
    return browser;
  }

  // A figure for the reader, printed with the result.
  note(text) {
    this.notes.push(text);
  }

  async end() {
    await Promise.all(this.browsers.map(close));
    await Promise.all(this.servers.map((server) => server.stop()));
  }
}

function limit(promise, ms) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done in ${ms / 1000} s`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function runOne({ name, timeoutMs, body }) {
  const context = new Context();
  const begun = Date.now();
  let failure = null;
  try {
    await limit(body(context), timeoutMs);
  } catch (error) {
    failure = error;
  }
  const log = context.servers.map((server) => server.log.slice(-3000)).join('');
  await context.end().catch((error) => (failure ??= error));
  const seconds = ((Date.now() - begun) / 1000).toFixed(1);
  console.log(`${failure ? 'FAILED' : 'ok    '} ${name} (${seconds} s)`);
  for (const note of context.notes) console.log(`         ${note}`);
  if (failure) console.log(`${failure.stack ?? failure}\n--- server\n${log}`);
  return failure === null;
}

// `isWanted(entry)` chooses. Returns {passed, failed}.
export async function runAll(isWanted, { flaky = {}, repeat = 1 } = {}) {
  const runner = new Runner({ attempt: runOne, flaky });
  runner.checkFlaky(tests);
  const counts = await runner.run(tests.filter(isWanted), { repeat });
  await closeAll();
  return counts;
}
