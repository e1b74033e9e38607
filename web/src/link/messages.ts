// The WebSocket messages of docs/protocol.md section 5, as this page reads and writes them.

import type { Said, UnusableReason } from './codes';
import { kNothing, type Sources } from './sources';

export const kSubprotocol = 'lectern.v1';
export const kVersion = 1;

export type Role = 'teacher' | 'student';
export type TeacherState = 'live' | 'away' | 'absent';
export type Rung = string; // `720p`, `360p`, `180p`, `audio`: the server may know more

export interface Report {
  type: 'report';
  playing: boolean;
  sound: boolean;
  codec: boolean; // the picture's format is not known here
  rung?: Rung;
  rtt_ms?: number;
  loss: number;
  freezes: number;
  audio_ms_concealed: number;
  bytes: number;
}

export type ClientMessage =
  | {
      type: 'hello';
      class: string;
      role: Role;
      version: number;
      token?: string;
      client?: string;
    }
  | { type: 'media'; session: string | null }
  | { type: 'limit'; rung: Rung | null }
  | ({ type: 'sources' } & Sources)
  | { type: 'ping' }
  | { type: 'reaction'; kind: string }
  | Report;

// With the members that a page reads, and no others.
export type ServerMessage =
  | { type: 'welcome'; ping_s: number }
  | { type: 'class'; teacher: TeacherState; sources: Sources }
  | { type: 'audience'; viewers: number; rungs?: Record<Rung, number>; trouble?: Trouble }
  | { type: 'rung'; rung: Rung; reason: string }
  | { type: 'times'; worker: number; tracks: { [T in Track]?: TrackTime[] } }
  | { type: 'encodings'; session: string; camera?: string[] }
  | { type: 'unusable'; session: string; track?: string; reason?: UnusableReason }
  | { type: 'reactions'; counts: Record<string, number> }
  | { type: 'move'; reason: string }
  | { type: 'replaced' }
  | { type: 'token'; token: string }
  | { type: 'pong' }
  | ({ type: 'error'; code: string } & Said); // [P39, P130]

export type Track = 'audio' | 'camera' | 'screen';

// [P123] What of this encoding has this RTP time is of this class time.
export interface TrackTime {
  height: number; // of the picture, its shorter side; 0: unknown
  rtp: number;
  at: number; // microseconds since 1970
}

export interface Trouble {
  sound: number;
  picture: number;
  codec?: number; // of `picture`: browsers that cannot show its format
}

type Needed<M> = { [K in keyof M as object extends Pick<M, K> ? never : K]: M[K] };
type Optional<M> = Required<Omit<M, keyof Needed<M>>>;
type Examples<M> = [needed: Omit<Needed<M>, 'type'>, optional?: Omit<Optional<M>, 'type'>];

// Examples of each message's members: those that it must have, then those that it may have.
const kExamples: { [T in ServerMessage['type']]: Examples<Extract<ServerMessage, { type: T }>> } = {
  welcome: [{ ping_s: 0 }],
  class: [{ teacher: 'live', sources: kNothing }],
  audience: [{ viewers: 0 }, { rungs: {}, trouble: { sound: 0, picture: 0 } }],
  rung: [{ rung: '', reason: '' }],
  times: [{ worker: 0, tracks: {} }],
  encodings: [{ session: '' }, { camera: [] }],
  unusable: [{ session: '' }, { track: '', reason: 'malformed' }],
  reactions: [{ counts: {} }],
  move: [{ reason: '' }],
  replaced: [{}],
  token: [{ token: '' }],
  pong: [{}],
  error: [{ code: '' }, { retry_after: 0, limit: 0, rate: 0 }],
};
const kByType = new Map<unknown, [object, object?]>(Object.entries(kExamples));

// Whether `value` is of the example's type, and each member of an object of its example's.
function fits(value: unknown, example: unknown): boolean {
  return (
    value !== null &&
    typeof value === typeof example &&
    Array.isArray(value) === Array.isArray(example) &&
    (typeof value !== 'object' ||
      Object.entries(example as object).every(([name, member]) =>
        fits((value as Record<string, unknown>)[name], member),
      ))
  );
}

// False for a message of an unknown type, and for a known one that the page could not use: both are
// ignored [P30].
export function isServerMessage(message: unknown): message is ServerMessage {
  const found = kByType.get((message as { type?: unknown } | null)?.type);
  if (found === undefined) return false;
  const [needed, optional] = found;
  return fits({ ...optional, ...(message as object) }, { ...needed, ...optional });
}
