import assert from 'node:assert/strict';
import test from 'node:test';
import { kNothing } from '../src/link/sources';
import { teachStateOf, type TeachKnown } from '../src/class/teach_state';
import { stateOf, toneOf, type Known, type State } from '../src/class/watch_state';
import { kTeachWords } from '../src/class/words_teach';
import { kWatchWords } from '../src/class/words_watch';

const playing: Known = {
  isJoined: true,
  isOnline: true,
  teacher: 'live',
  wasLive: true,
  sources: { camera: true, microphone: true, screen: false },
  media: 'up',
  hasPlayed: true,
  isFlowing: true,
  isPaused: false,
  isUnknownClass: false,
  wait: null,
  refused: null,
};

const cases: [string, Partial<Known>, State][] = [
  ['all is well', {}, 'live'],
  ['before the tap', { isJoined: false, media: 'idle', isFlowing: false }, 'ready'],
  [
    'tapped, nothing yet',
    { media: 'connecting', isFlowing: false, hasPlayed: false },
    'connecting',
  ],
  ['link lost', { media: 'connecting' }, 'reconnecting'],
  ['link up, nothing flows', { isFlowing: false }, 'reconnecting'],
  ['teacher lost', { teacher: 'away', isFlowing: false }, 'away'],
  ['teacher not come', { teacher: 'absent', wasLive: false, isFlowing: false }, 'waiting'],
  ['teacher gone for good', { teacher: 'absent', isFlowing: false }, 'ended'],
  ['all switched off', { sources: kNothing, isFlowing: false }, 'quiet'],
  ['all switched off, silence still sent', { sources: kNothing }, 'quiet'],
  ['only signaling says otherwise', { teacher: 'away' }, 'live'],
  ['no internet', { isOnline: false, isFlowing: false }, 'offline'],
  ['no internet yet the picture moves (a hotspot)', { isOnline: false }, 'live'],
  ['full', { wait: 'full', media: 'connecting', isFlowing: false }, 'full'],
  ['too many pages', { wait: 'crowded', media: 'connecting', isFlowing: false }, 'crowded'],
  ['too many pages, before the tap', { wait: 'crowded', isJoined: false, teacher: null }, 'crowded'],
  ['not known any more, and it plays', { isUnknownClass: true }, 'live'],
  ['no such class', { isUnknownClass: true, isFlowing: false, wasLive: false }, 'unknown'],
  [
    'the server restarted and knows no class yet',
    { isUnknownClass: true, isFlowing: false },
    'away',
  ],
  ['bad link', { refused: 'token', isFlowing: false }, 'refused-token'],
];

for (const [name, known, state] of cases) {
  test(`student: ${name}: ${state}`, () => assert.equal(stateOf({ ...playing, ...known }), state));
}

test('every student state has a name in words, and a sentence unless the picture speaks', () => {
  const words: Record<string, string> = kWatchWords.en;
  for (const [, , state] of cases) {
    assert.ok(words[state], state);
    assert.ok(toneOf(state));
    if (!['ready', 'live', 'connecting'].includes(state)) assert.ok(words[`${state}Text`], state);
  }
});

const teaching: TeachKnown = {
  isStarted: true,
  isOnline: true,
  media: 'up',
  hasBeenUp: true,
  wait: null,
  isUnknownClass: false,
  refused: null,
};

test('teacher: states, each with its words', () => {
  const words: Record<string, string> = kTeachWords.en;
  const expected: [Partial<TeachKnown>, string][] = [
    [{}, 'live'],
    [{ isStarted: false }, 'lobby'],
    [{ media: 'connecting', hasBeenUp: false }, 'connecting'],
    [{ media: 'connecting' }, 'reconnecting'],
    [{ media: 'connecting', isOnline: false }, 'offline'],
    [{ media: 'connecting', wait: 'full' }, 'full'],
    [{ media: 'connecting', wait: 'crowded' }, 'crowded'],
    [{ isUnknownClass: true }, 'live'],
    [{ isUnknownClass: true, media: 'connecting' }, 'refused-unknown'],
    [{ isUnknownClass: true, isStarted: false, media: 'idle' }, 'refused-unknown'],
    [{ refused: 'replaced' }, 'refused-replaced'],
    [{ refused: 'conflict' }, 'refused-conflict'],
  ];
  for (const [known, state] of expected) {
    assert.equal(teachStateOf({ ...teaching, ...known }), state);
    assert.ok(words[state], state);
  }
});
