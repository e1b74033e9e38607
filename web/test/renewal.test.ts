import assert from 'node:assert/strict';
import test from 'node:test';
import { renew } from '../src/link/renewal';

test('[P39] a page too old for its server loads itself anew once, and minutes later once more', () => {
  const kept = new Map<string, string>();
  const store = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
  let reloads = 0;
  const at = (nowMs: number) => renew(store, () => reloads++, nowMs);
  assert.equal(at(1000), true);
  assert.equal(at(2000), false);
  assert.equal(at(500_000), false);
  assert.equal(reloads, 1);
  assert.equal(at(700_000), true);
  assert.equal(reloads, 2);
});
