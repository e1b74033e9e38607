// Which state the teacher's page is in. Pure, like watch_state.ts.

export type TeachRefused =
  'token' | 'forbidden' | 'conflict' | 'replaced' | 'unsupported' | 'unknown' | 'version';

export interface TeachKnown {
  isStarted: boolean; // the teacher wants to teach
  isOnline: boolean;
  media: 'idle' | 'connecting' | 'up';
  hasBeenUp: boolean;
  isFull: boolean;
  isBusy: boolean; // the server has asked us to wait
  refused: TeachRefused | null;
}

export type TeachState =
  | 'lobby'
  | 'connecting'
  | 'live'
  | 'reconnecting'
  | 'offline'
  | 'full'
  | 'busy'
  | `refused-${TeachRefused}`;

export function teachStateOf(known: TeachKnown): TeachState {
  if (known.refused !== null) return `refused-${known.refused}`;
  if (!known.isStarted) return known.isBusy ? 'busy' : 'lobby';
  if (known.media === 'up') return 'live';
  if (!known.isOnline) return 'offline';
  if (known.isFull) return 'full';
  if (known.isBusy) return 'busy';
  return known.hasBeenUp ? 'reconnecting' : 'connecting';
}

export function teachToneOf(state: TeachState): 'good' | 'warn' | 'bad' | 'plain' {
  if (state === 'live') return 'good';
  if (state === 'lobby') return 'plain';
  return ['connecting', 'reconnecting', 'full', 'busy'].includes(state) ? 'warn' : 'bad';
}
