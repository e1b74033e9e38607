// The teacher page's lists, drawn into a document of the test's own.
import { setDocument, type FakeElement } from './fake_document';
import assert from 'node:assert/strict';
import test from 'node:test';
import { fill, type Language } from '../src/base/i18n';
import type { SentEncoding } from '../src/link/outbound';
import {
  renderAudience,
  renderChoices,
  renderFaults,
  renderSending,
} from '../src/class/teach_view';
import { kTeachWords, type TeachWord } from '../src/class/words_teach';

const elements = setDocument([
  ...['viewers', 'students-none', 'rungs', 'trouble', 'sending-none', 'sending', 'path'],
  ...['faults', 'microphone-choice', 'camera-choice'],
]);

function at(id: string): FakeElement {
  return elements.get(id) as FakeElement;
}

const words = {
  language: 'en' as Language,
  text(key: TeachWord, values: Readonly<Record<string, string | number>> = {}): string {
    return fill(kTeachWords[this.language][key] ?? key, values);
  },
};

const none = { sound: 0, picture: 0 };
const rowsOf = (id: string) => at(id).children;
const textsOf = (id: string) =>
  rowsOf(id).map((row) => row.children.map((cell) => cell.textContent));
const hooksOf = (id: string) => rowsOf(id).map((row) => row.attributes['data-testid']);

test('students: best picture first, sound alone and nothing last, no empty rung', () => {
  const rungs = { none: 1, '180p': 2, audio: 3, '720p': 4, '360p': 0 };
  renderAudience(words, { viewers: 10, rungs, trouble: none });
  assert.deepEqual(hooksOf('rungs'), ['rung-720p', 'rung-180p', 'rung-audio', 'rung-none']);
  assert.deepEqual(textsOf('rungs')[2], ['sound only', '', '3']);
  const bar = rowsOf('rungs')[0]?.children[1];
  assert.deepEqual(bar?.attributes, { max: '10', value: '4', 'aria-label': '720p' });
});

test('students: a rung that comes and one that goes leave the others’ elements as they are', () => {
  const show = (rungs: Record<string, number>) =>
    renderAudience(words, { viewers: 9, rungs, trouble: none });
  show({ '360p': 5, audio: 1 });
  const [picture, sound] = rowsOf('rungs');
  show({ '720p': 2, '360p': 5, audio: 2 });
  assert.deepEqual(rowsOf('rungs').slice(1), [picture, sound]);
  assert.equal(sound?.children[2]?.textContent, '2');
  show({ audio: 2 });
  assert.deepEqual(rowsOf('rungs'), [sound]);
});

test('students: another language reaches rows in which nothing else has changed', () => {
  const audience = { viewers: 1, rungs: { audio: 1 }, trouble: none };
  renderAudience(words, audience);
  renderAudience({ ...words, language: 'id' }, audience);
  assert.equal(textsOf('rungs')[0]?.[0], kTeachWords.id.rungAudio);
});

const camera: SentEncoding = {
  track: 'camera',
  rid: 'h',
  width: 1280,
  height: 720,
  fps: 29.6,
  bitsPerSecond: 1.5e6,
  limitation: 'bandwidth',
  codec: 'VP8',
  rests: false,
};

function send(encodings: SentEncoding[]): void {
  renderSending(words, { encodings, rttMs: 20, loss: 0.01, keyFrames: 1, heardBytes: 0 });
}

test('what is sent: sound, pictures with what holds them back, the screen by name', () => {
  const sound = { ...camera, track: 'microphone', rid: '', bitsPerSecond: 32_000 } as const;
  const screen = { ...camera, track: 'screen', rid: '', width: 0, height: 0 } as const;
  send([sound, camera, screen]);
  assert.deepEqual(hooksOf('sending'), ['sent-microphone', 'sent-camera-h', 'sent-screen']);
  assert.deepEqual(textsOf('sending'), [
    ['Sound', '32 kbit/s'],
    ['1280 × 720', '1.5 Mbit/s', '30 pictures/s, VP8, held back by your upload'],
    ['Screen starting', '1.5 Mbit/s', '30 pictures/s, VP8, held back by your upload'],
  ]);
  assert.equal(rowsOf('sending')[1]?.attributes['data-limitation'], 'bandwidth');
  assert.equal(at('path').textContent, 'Round trip 20 ms, lost on the way 1.0 %');
  assert.ok(at('sending-none').hidden);
});

test('what is sent: a picture that rests says so, in the element it had before', () => {
  send([camera]);
  const [row] = rowsOf('sending');
  send([{ ...camera, rests: true }]);
  assert.deepEqual(rowsOf('sending'), [row]);
  const rests = ['1280 × 720', '', 'resting: no student receives it now'];
  assert.deepEqual(textsOf('sending'), [rests]);
  renderSending(words, null);
  assert.equal(rowsOf('sending').length, 0);
  assert.equal(at('path').textContent, '');
  assert.ok(!at('sending-none').hidden);
});

test('[P85] what is missing, by track; one that stays is not said anew', () => {
  renderFaults(words, new Map([['microphone', 'missing']]), new Map());
  const [missing] = rowsOf('faults');
  renderFaults(words, new Map([['microphone', 'missing']]), new Map([['camera', 'no-keyframe']]));
  assert.deepEqual(hooksOf('faults'), ['fault-microphone', 'unusable-no-keyframe']);
  assert.equal(rowsOf('faults')[0], missing);
  renderFaults(words, new Map(), new Map());
  assert.deepEqual(hooksOf('faults'), []);
});

test('a page by plain http is offered by https, once', () => {
  renderFaults(
    words,
    new Map([
      ['microphone', 'insecure'],
      ['camera', 'insecure'],
    ]),
    new Map(),
  );
  const links = rowsOf('faults').flatMap((row) => row.children);
  assert.deepEqual(
    links.map((link) => link.attributes.href),
    ['https://school.test/watch/algebra'],
  );
  assert.match(at('faults').textContent, /localhost\/watch\/algebra/);
});

test('devices: unnamed ones are numbered, the one in use is chosen, none is said', () => {
  const select = at('camera-choice');
  const choices = [
    { id: 'a', label: 'Front' },
    { id: 'b', label: '' },
  ];
  renderChoices(words, 'camera', choices, 'b');
  assert.deepEqual(
    select.children.map((option) => option.textContent),
    ['Front', 'Device 2'],
  );
  assert.equal(select.selectedIndex, 1);
  select.selectedIndex = 0; // the user's pick, which could not be opened
  renderChoices(words, 'camera', choices, 'b');
  assert.equal(select.selectedIndex, 1);
  renderChoices(words, 'camera', choices, 'gone');
  assert.equal(select.selectedIndex, 0);
  renderChoices(words, 'camera', [], null);
  assert.deepEqual(
    select.children.map((option) => option.textContent),
    [kTeachWords.en.noDevice],
  );
  assert.ok(select.disabled);
});
