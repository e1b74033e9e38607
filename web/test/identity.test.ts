import { setGlobals, settle } from './fakes';
import assert from 'node:assert/strict';
import test, { beforeEach } from 'node:test';
import { claimIdentity, clientName } from '../src/base/identity';

// Locks of one browser, shared by its pages.
const held = new Set<string>();
const locks = {
  request(name: string, options: { signal: AbortSignal }, granted: () => unknown): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!held.has(name)) {
        held.add(name);
        granted();
        return;
      }
      options.signal.addEventListener('abort', () => reject(new Error('aborted')));
      void resolve;
    });
  },
};

beforeEach(() => {
  sessionStorage.clear();
  held.clear();
  setGlobals({ navigator: { locks } });
});

test('[P107] a new tab gets a name; it was not here before', async () => {
  assert.equal(await claimIdentity(), false);
  assert.match(clientName(), /^[0-9a-f]{24}$/);
});

test('[P107] a reload keeps the name', async () => {
  await claimIdentity();
  const name = clientName();
  held.clear(); // the page before is gone
  assert.equal(await claimIdentity(), true);
  assert.equal(clientName(), name);
});

test('[P107] a copied tab, whose original lives, gets another name', async () => {
  await claimIdentity();
  const original = clientName();
  const copied = sessionStorage.getItem('lectern.client');
  assert.equal(copied, original);
  assert.equal(await claimIdentity(), false);
  assert.notEqual(clientName(), original);
  assert.equal(sessionStorage.getItem('lectern.client'), clientName());
  await settle();
  assert.ok(held.has(`lectern.client.${clientName()}`));
});

test('[P107] without locks (plain http) only a reload keeps its name', async () => {
  setGlobals({ navigator: {} });
  let type = 'navigate';
  performance.getEntriesByType = () => [{ type }] as unknown as PerformanceEntryList;
  await claimIdentity();
  const name = clientName();
  assert.equal(await claimIdentity(), false);
  assert.notEqual(clientName(), name);
  type = 'reload';
  assert.equal(await claimIdentity(), true);
});
