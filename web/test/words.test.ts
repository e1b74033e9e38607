import { setGlobals } from './fakes';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { rungName } from '../src/base/format';
import { fill, preferredLanguage, Translator } from '../src/base/i18n';
import { kIndexWords } from '../src/class/words_index';
import { kTeachWords } from '../src/class/words_teach';
import { kWatchWords } from '../src/class/words_watch';

const pages = { index: kIndexWords, teach: kTeachWords, watch: kWatchWords };

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).sort();
}

for (const [page, words] of Object.entries(pages)) {
  const en: Record<string, string> = words.en;
  const id: Record<string, string> = words.id;

  test(`${page}: both languages say the same things with the same values`, () => {
    assert.deepEqual(Object.keys(id).sort(), Object.keys(en).sort());
    for (const key of Object.keys(en)) {
      assert.ok(en[key] && id[key], `${key} is empty`);
      assert.deepEqual(placeholders(id[key] ?? ''), placeholders(en[key] ?? ''), key);
    }
  });

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
