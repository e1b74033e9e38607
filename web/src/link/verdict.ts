// What a refusal of the server comes to on a page. Each verdict is a state of the page with words of
// its own in both languages (class/words_*.ts); codes that tell a person the same share one.

import type { Code, Said } from './codes';

// Another try is of no use.
export type Final = 'token' | 'forbidden' | 'conflict' | 'unsupported' | 'version';
// The page tries again by itself.
export type Wait =
  | 'full' // no place is free
  | 'busy' // it cannot answer just now
  | 'crowded'; // too many pages of this person are open
export type Verdict = Final | Wait | 'unknown'; // the class is not open: it may yet be

// Codes that need no words of their own, because what their status comes to says it. A code that is
// neither here nor in kVerdicts does not compile.
type ByStatus =
  | 'ticket-used' // read where tickets are redeemed [P102]
  | 'class-taken' // 409
  | 'foreign-origin' // 403
  | 'unreadable' // 4xx: the browser and the server do not understand each other
  | 'no-codec'
  | 'not-negotiable'
  | 'bad-request'
  | 'not-acceptable'
  | 'body-too-long'
  | 'wrong-type'
  | 'not-found' // 404
  | 'unknown-session'
  | 'busy' // and all else passes
  | 'starting'
  | 'stopping'
  | 'not-kept'
  | 'worker-away'
  | 'worker-silent'
  | 'worker-wrong'
  | 'too-many-tries'
  | 'too-fast'
  | 'too-slow'
  | 'network-busy'
  | 'wrong-links'
  // Of messages in class, which end nothing: the room has words for them (remarks/words.ts).
  | Remark
  // Answers to what no page asks for.
  | 'precondition-failed'
  | 'wrong-method'
  | 'no-key';

// Codes of errors that leave a WebSocket open [P39].
export type Remark = 'bad-message' | 'hello-first' | 'not-allowed' | 'too-many-messages';

const kVerdicts = {
  'token-missing': 'token',
  'token-invalid': 'token',
  'token-expired': 'token',
  forbidden: 'forbidden',
  version: 'version',
  'unknown-class': 'unknown',
  full: 'full',
  'classes-full': 'full',
  'too-many-connections': 'crowded',
  'too-many-sessions': 'crowded',
  'network-full': 'full',
} as const satisfies Record<Exclude<Code, ByStatus>, Verdict>;

const kOfStatus: Readonly<Record<number, Verdict>> = {
  401: 'token',
  403: 'forbidden',
  404: 'unknown',
  409: 'conflict',
};
const kNeverUnderstood = [400, 406, 413, 415, 422];

// `status`: of HTTP; a WebSocket has none, and what it says by a code that is not known here may
// pass [P104].
export function verdictOf({ code }: Said, status = 503): Verdict {
  return (
    (kVerdicts as Record<string, Verdict>)[code ?? ''] ??
    kOfStatus[status] ??
    (kNeverUnderstood.includes(status) ? 'unsupported' : 'busy')
  );
}

// null: the page does not wait for room or for time.
export function waitOf(verdict: Verdict | undefined): Wait | null {
  switch (verdict) {
    case 'full':
    case 'busy':
    case 'crowded':
      return verdict;
    default:
      return null;
  }
}

export function isFinal(verdict: Verdict): verdict is Final {
  return verdict !== 'unknown' && waitOf(verdict) === null;
}
