// Tests by name, run one after the other; each gets what it needs and everything is closed after it.
import { chromium, close, closeAll, firefox } from './browsers.mjs';
import { Server } from './server.mjs';

const tests = [];

// `quick`: also part of `run.mjs --quick`. `body` gets a Context.
export function test(name, { quick = false, timeoutMs = 180_000 } = {}, body) {
  tests.push({ name, quick, timeoutMs, body });
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

// A test that fails is tried once more, in sight of the reader: encoders, decoders, server and five
// browsers share two cores, and a machine that pauses for a second fails every measure of time. What
// is really broken fails twice.
async function runTwiceAtMost(entry) {
  if (await runOne(entry)) return true;
  console.log(`again  ${entry.name}`);
  return runOne(entry);
}

// Returns {passed, failed}.
export async function runAll(isWanted) {
  const counts = { passed: 0, failed: 0 };
  for (const entry of tests.filter(isWanted)) {
    counts[(await runTwiceAtMost(entry)) ? 'passed' : 'failed']++;
  }
  await closeAll();
  return counts;
}
