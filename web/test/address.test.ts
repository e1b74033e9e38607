import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { resolve } from '../src/base/address';

test('[P105] everything is found from the page’s address, below any path', () => {
  const cases: [string, string][] = [
    ['https://a.test/watch/x', 'https://a.test/ws'],
    ['https://a.test/teach/x?codec=h264', 'https://a.test/ws'],
    ['https://a.test/', 'https://a.test/ws'],
    ['https://a.test/kelas/watch/x', 'https://a.test/kelas/ws'],
    ['https://a.test/kelas/7b/teach/x#top', 'https://a.test/kelas/7b/ws'],
    ['https://a.test/kelas/', 'https://a.test/kelas/ws'],
    ['https://a.test/watch/watch/x', 'https://a.test/watch/ws'],
  ];
  for (const [page, url] of cases) assert.equal(resolve(page, 'ws').href, url);
});

test('[P105] no page and no script names an address from the root', () => {
  for (const page of ['index', 'teach', 'watch']) {
    assert.doesNotMatch(readFileSync(`html/${page}.html`, 'utf8'), /(href|src)="\//);
    assert.doesNotMatch(
      readFileSync(`src/${page}.ts`, 'utf8'),
      /['"`]\/(api|ws|wh[ie]p|watch|teach)/,
    );
  }
});
