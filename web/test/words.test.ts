import { setGlobals } from './fakes';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { rungName } from '../src/base/format';
import { fill, preferredLanguage, Translator, type Bilingual } from '../src/base/i18n';
import { kIndexWords } from '../src/class/words_index';
import { kTeachWords } from '../src/class/words_teach';
import { kWatchWords } from '../src/class/words_watch';
import { kCodes, type Code } from '../src/link/codes';
import { isFinal, verdictOf } from '../src/link/verdict';
import { kReactionWords } from '../src/reactions/words';
import { kRemarkWords } from '../src/remarks/words';

const pages = { index: kIndexWords, teach: kTeachWords, watch: kWatchWords };
const tables = { ...pages, reactions: kReactionWords, remarks: kRemarkWords };

function blanks(text = ''): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '').sort();
}

// What the compiler sees to (Bilingual); that it does is seen here, by what must not compile.
test('[P130] a table that lacks a key or a value in one language does not compile', () => {
  const en = { here: 'Here', count: '{n} of {m}' } as const;
  const good = { here: 'Di sini', count: '{m}: {n}' } as const;
  ({ en, id: good }) satisfies Bilingual<typeof en, typeof good>;
  const lacks = { here: 'Di sini' } as const;
  // @ts-expect-error `count` is missing in the one
  ({ en, id: lacks }) satisfies Bilingual<typeof en, typeof lacks>;
  // @ts-expect-error and in the other
  ({ en: lacks, id: good }) satisfies Bilingual<typeof lacks, typeof good>;
  const fewer = { here: 'Di sini', count: '{n}' } as const;
  // @ts-expect-error `{m}` is missing
  ({ en, id: fewer }) satisfies Bilingual<typeof en, typeof fewer>;
  const misspelt = { here: 'Di sini', count: '{n} dari {M}' } as const;
  // @ts-expect-error `{M}` is not `{m}`
  ({ en, id: misspelt }) satisfies Bilingual<typeof en, typeof misspelt>;
});

for (const [name, { en, id }] of Object.entries(tables)) {
  test(`${name}: no word is empty, and the languages differ`, () => {
    for (const words of [en, id]) for (const [key, text] of Object.entries(words)) assert.ok(text, key);
    assert.notDeepEqual(en, id);
  });
}

// What the pages say for a code that comes by WebSocket.
function sentencesFor(code: Code): (string | undefined)[] {
  const remarks: Record<string, string> = kRemarkWords.en;
  if (code in remarks) return [remarks[code]];
  const verdict = verdictOf({ code });
  const state = isFinal(verdict) ? `refused-${verdict}` : verdict;
  const watch: Record<string, string> = kWatchWords.en;
  const teach: Record<string, string> = kTeachWords.en;
  // The teacher's page calls a class that is not open a refusal.
  return [watch[`${state}Text`], teach[`${state}Text`] ?? teach[`refused-${state}Text`]];
}

test('[P130] each code has a sentence, which fills in only what comes with the code', () => {
  for (const [code, number] of Object.entries(kCodes)) {
    for (const sentence of sentencesFor(code as Code)) {
      assert.ok(sentence, code);
      for (const blank of blanks(sentence)) assert.equal(blank, number, `${code}: ${sentence}`);
    }
  }
});

for (const page of Object.keys(pages) as (keyof typeof pages)[]) {
  const en: Record<string, string> = pages[page].en;

  test(`${page}: the document asks only for words that exist`, () => {
    const html = readFileSync(`html/${page}.html`, 'utf8');
    const asked = [...html.matchAll(/data-(?:text|label)="(\w+)"/g)].map(([, key]) => key ?? '');
    assert.ok(asked.length > 0);
    for (const key of asked) assert.ok(key in en, key);
  });

  test(`${page}: no inline script or style that the CSP would refuse`, () => {
    const html = readFileSync(`html/${page}.html`, 'utf8');
    assert.doesNotMatch(html, /<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
  });
}

test('Indonesian for who prefers it, English for all others, the remembered choice first', () => {
  assert.equal(preferredLanguage(null, ['id-ID', 'en']), 'id');
  assert.equal(preferredLanguage(null, ['en-GB', 'id']), 'en');
  assert.equal(preferredLanguage(null, ['jv', 'id']), 'id');
  assert.equal(preferredLanguage(null, ['fr']), 'en');
  assert.equal(preferredLanguage('en', ['id']), 'en');
  assert.equal(preferredLanguage('xx', ['id']), 'id');
});

test('values are filled in, unknown ones left visible', () => {
  assert.equal(fill('{n} of {m}', { n: 3 }), '3 of {m}');
});

test('a rung is a size, or words of the page', () => {
  const text = (word: string) => `<${word}>`;
  assert.equal(rungName('720p', text), '720p');
  assert.deepEqual(
    ['audio', 'video', 'none'].map((rung) => rungName(rung, text)),
    ['<rungAudio>', '<rungVideo>', '<rungNone>'],
  );
});

test('[P85] a reason that a page has no words for is shown as it is', () => {
  const none = { documentElement: {}, querySelectorAll: () => [] };
  setGlobals({ document: none, navigator: { languages: ['en'] } });
  const words = new Translator(kTeachWords);
  assert.match(words.text('unusable-malformed'), / /);
  assert.equal(words.text('unusable-new' as 'unusable-malformed'), 'unusable-new');
});
