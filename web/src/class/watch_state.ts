// Which state a student's page is in. Pure: everything known goes in, one name comes out; the words
// for it are in words_watch.ts.

import { isAnythingOn, type Sources } from '../link/sources';
import type { TeacherState } from '../link/messages';
import type { Final, Wait } from '../link/verdict';

export type Refused = Exclude<Final, 'conflict'>;

export interface Known {
  isJoined: boolean; // the student has tapped
  isOnline: boolean; // navigator.onLine
  teacher: TeacherState | null; // null: not heard yet
  wasLive: boolean; // at some time during this visit
  sources: Sources;
  media: 'idle' | 'connecting' | 'up';
  hasPlayed: boolean; // media has flowed before in this visit
  isFlowing: boolean; // and does now
  isPaused: boolean; // by the device; the student has to tap
  isUnknownClass: boolean;
  wait: Wait | null; // why the server lets us wait
  refused: Refused | null;
}

export type State =
  | 'ready'
  | 'connecting'
  | 'live'
  | 'quiet' // live, but microphone, camera and screen are off
  | 'paused' // by the device: one tap, and it goes on
  | 'reconnecting'
  | 'offline'
  | 'waiting' // not started
  | 'away'
  | 'ended'
  | 'unknown'
  | Wait
  | `refused-${Refused}`;

// States that need no sentence over the picture, or whose sentence the poster says.
type Silent = 'ready' | 'live' | 'connecting';
export type Noticed = Exclude<State, Silent>;

export function isNoticed(state: State): state is Noticed {
  return !['ready', 'live', 'connecting'].includes(state);
}

export type Tone = 'good' | 'warn' | 'bad' | 'plain';

export function stateOf(known: Known): State {
  if (known.refused !== null) return `refused-${known.refused}`;
  if (!known.isOnline && !known.isFlowing) return 'offline';
  // A server that has just restarted knows a class again when its teacher is back.
  if (known.isUnknownClass && !known.isFlowing) return known.wasLive ? 'away' : 'unknown';
  if (!known.isJoined) return known.wait !== null && known.teacher === null ? known.wait : 'ready';
  const isQuiet = known.teacher === 'live' && !isAnythingOn(known.sources);
  if (isQuiet && known.media === 'up') return 'quiet';
  // What is seen and heard is believed before what was last said about it.
  if (known.isFlowing && known.media === 'up') return known.isPaused ? 'paused' : 'live';
  if (known.teacher === 'away') return 'away';
  if (known.teacher === 'absent') return known.wasLive ? 'ended' : 'waiting';
  if (known.wait !== null) return known.wait;
  return known.hasPlayed ? 'reconnecting' : 'connecting';
}

export function toneOf(state: State): Tone {
  switch (state) {
    case 'live':
    case 'quiet':
      return 'good';
    case 'ready':
    case 'waiting':
    case 'ended':
      return 'plain';
    case 'connecting':
    case 'reconnecting':
    case 'away':
    case 'full':
    case 'busy':
    case 'crowded':
    case 'paused':
      return 'warn';
    default:
      return 'bad';
  }
}
