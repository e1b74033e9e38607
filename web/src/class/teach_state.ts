// Which state the teacher's page is in. Pure, like watch_state.ts.

import type { Final, Wait } from '../link/verdict';

export type TeachRefused = Final | 'replaced';

export interface TeachKnown {
  isStarted: boolean; // the teacher wants to teach
  isOnline: boolean;
  media: 'idle' | 'connecting' | 'up';
  hasBeenUp: boolean;
  wait: Wait | null; // why the server lets us wait
  isUnknownClass: boolean; // the server does not know it now; it is asked again [P39]
  refused: TeachRefused | null;
}

export type TeachState =
  | 'lobby'
  | 'connecting'
  | 'live'
  | 'reconnecting'
  | 'offline'
  | Wait
  | 'refused-unknown'
  | `refused-${TeachRefused}`;

// States that need no sentence over the picture.
type Silent = 'lobby' | 'connecting' | 'live';
export type TeachNoticed = Exclude<TeachState, Silent>;

export function isTeachNoticed(state: TeachState): state is TeachNoticed {
  return !['lobby', 'connecting', 'live'].includes(state);
}

export function teachStateOf(known: TeachKnown): TeachState {
  if (known.refused !== null) return `refused-${known.refused}`;
  if (known.isUnknownClass && known.media !== 'up') return 'refused-unknown';
  if (!known.isStarted) return known.wait ?? 'lobby';
  if (known.media === 'up') return 'live';
  if (!known.isOnline) return 'offline';
  if (known.wait !== null) return known.wait;
  return known.hasBeenUp ? 'reconnecting' : 'connecting';
}

export function teachToneOf(state: TeachState): 'good' | 'warn' | 'bad' | 'plain' {
  if (state === 'live') return 'good';
  if (state === 'lobby') return 'plain';
  return ['connecting', 'reconnecting', 'full', 'busy', 'crowded'].includes(state) ? 'warn' : 'bad';
}
