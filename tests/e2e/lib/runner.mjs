// Which tests run, how often, and what counts as failed.

// `entries`: {name, skip}. `attempt(entry)` runs one and tells whether it passed. `flaky` says by name
// why a test may need its second try; `print` takes a line.
export class Runner {
  constructor({ attempt, flaky = {}, print = console.log }) {
    Object.assign(this, { attempt, flaky, print });
    this.counts = { passed: 0, failed: 0 };
    this.second = [];
    this.skipped = [];
  }

  // Returns {passed, failed}. `repeat`: each test so many times, without a second try.
  async run(entries, { repeat = 1 } = {}) {
    for (const entry of entries) {
      if (entry.skip) {
        this.skipped.push(`${entry.name} (${entry.skip})`);
      } else if (repeat > 1) {
        await this.runOften(entry, repeat);
      } else {
        this.count(await this.runTwiceAtMost(entry));
      }
    }
    this.list('needed a second try', this.second);
    this.list('skipped', this.skipped);
    return this.counts;
  }

  // An entry of `flaky` that excuses nothing fails: of a test that is gone, or without a reason.
  checkFlaky(entries) {
    const names = new Set(entries.map(({ name }) => name));
    for (const [name, reason] of Object.entries(this.flaky)) {
      const isReason = typeof reason === 'string' && reason.trim() !== '';
      if (names.has(name) && isReason) continue;
      this.print(`FAILED flaky.json: ${name}: ${isReason ? 'no such test' : 'no reason is given'}`);
      this.count(false);
    }
  }

  // The second try tells a race from what is broken for good. It excuses only what is listed.
  async runTwiceAtMost(entry) {
    if (await this.attempt(entry)) return true;
    this.print(`again  ${entry.name}`);
    if (!(await this.attempt(entry))) return false;
    this.second.push(entry.name);
    const reason = this.flaky[entry.name];
    this.print(`${reason ? 'flaky ' : 'FAILED'} ${entry.name}: passed at its second try only`);
    if (reason) this.print(`         listed: ${reason}`);
    return Boolean(reason);
  }

  async runOften(entry, times) {
    let failed = 0;
    for (let i = 0; i < times; i++) {
      const isGood = await this.attempt(entry);
      if (!isGood) failed++;
      this.count(isGood);
    }
    this.print(`${entry.name}: failed ${failed} of ${times} times`);
  }

  count(isGood) {
    this.counts[isGood ? 'passed' : 'failed']++;
  }

  list(what, names) {
    if (names.length > 0) this.print(`${names.length} ${what}: ${names.join('; ')}`);
  }
}
