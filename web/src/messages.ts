// The WebSocket messages of docs/protocol.md section 5, as this page reads and writes them.

import type { Sources } from './sources';

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
  | Report;

export type ServerMessage =
  | { type: 'welcome'; version: number; server: string; class: string; role: Role; ping_s: number }
  | { type: 'class'; teacher: TeacherState; sources: Sources }
  | { type: 'audience'; viewers: number; rungs?: Record<Rung, number>; trouble?: Trouble }
  | { type: 'rung'; rung: Rung; fps: number; reason: string }
  | { type: 'encodings'; session: string; camera?: string[]; screen?: string[] }
  | { type: 'unusable'; session: string; track?: string; reason?: UnusableReason }
  | { type: 'move'; reason: string }
  | { type: 'replaced' }
  | { type: 'token'; token: string }
  | { type: 'pong' }
  | { type: 'error'; code: string; text: string; retry_after?: number }; // seconds [P104]

// Why the server can do nothing with what it gets ([P85]).
export type UnusableReason = 'unknown-stream' | 'payload-type' | 'malformed' | 'no-keyframe';

export interface Trouble {
  sound: number;
  picture: number;
  codec?: number; // of `picture`: browsers that cannot show its format
}
