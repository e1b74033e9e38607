import { FakeBrowser, setGlobals } from './fakes';
import assert from 'node:assert/strict';
import test from 'node:test';
import { Remarks } from '../src/remarks/remarks';

function open(language: 'en' | 'id') {
  const line = { textContent: '', dataset: {}, className: '', setAttribute: () => {} };
  setGlobals({ document: { createElement: () => line } });
  const root = { append: () => {} } as unknown as HTMLElement;
  const browser = new FakeBrowser();
  return { line, browser, remarks: new Remarks(root, language, browser) };
}

test('[P39][P130] a remark is said in the language of the page, with its number, and goes', async () => {
  const { line, browser, remarks } = open('id');
  remarks.show({ code: 'too-many-messages', rate: 2 });
  assert.match(line.textContent, /^Terlalu cepat: .*\b2\b/);
  await browser.advance(3000);
  remarks.language = 'en';
  remarks.show({ code: 'not-allowed' });
  assert.match(line.textContent, /^Only the teacher/);
  await browser.advance(3000);
  assert.notEqual(line.textContent, '', 'the newer one has its own time');
  await browser.advance(1000);
  assert.equal(line.textContent, '');
});

test('[P130] what the room has no words for is not said, and never the English of the server', () => {
  const { line, remarks } = open('en');
  for (const code of ['full', 'something-new', undefined]) {
    remarks.show({ ...(code === undefined ? {} : { code }), text: 'Some English.' } as object);
    assert.equal(line.textContent, '');
  }
});
