// What a page does with reactions, without a browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kReactions } from '../src/reactions/icons';
import { kReactionWords } from '../src/reactions/words';
import { isServerMessage } from '../src/link/messages';

test('[P120] each reaction has its name in both languages', () => {
  for (const words of Object.values(kReactionWords)) {
    const names = kReactions.map((kind) => words[kind]);
    assert.equal(new Set(names).size, kReactions.length);
    assert.ok(names.every((name) => name.length > 0));
  }
});

test('[P120] counts are read, other shapes are ignored', () => {
  assert.ok(isServerMessage({ type: 'reactions', counts: { clap: 2 } }));
  assert.ok(!isServerMessage({ type: 'reactions' }));
  assert.ok(!isServerMessage({ type: 'reactions', counts: 3 }));
});
