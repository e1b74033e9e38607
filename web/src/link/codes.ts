// The codes by which the server says why not, as base/refusal_code.h has them
// (scripts/check_codes.py sees to it), each with the number that comes with it. Words for them are
// the pages' own: no page shows or reads the server's English.

export const kCodes = {
  'token-missing': '',
  'token-invalid': '',
  'token-expired': '',
  'ticket-used': '',
  forbidden: '',
  'foreign-origin': '',
  'unknown-class': '',
  'class-taken': '',
  version: '',
  full: '',
  'classes-full': '',
  busy: '',
  starting: '',
  stopping: '',
  'not-kept': '',
  'worker-away': '',
  'worker-silent': '',
  'worker-wrong': '',
  'too-many-connections': 'limit',
  'too-many-sessions': 'limit',
  'too-many-tries': 'limit',
  'too-fast': '',
  'network-full': 'limit',
  'network-busy': '',
  'wrong-links': '',
  'bad-message': '',
  'hello-first': '',
  'not-allowed': '',
  'too-many-messages': 'rate',
  unreadable: '',
  'no-codec': '',
  'not-negotiable': '',
  'unknown-session': '',
  'precondition-failed': '',
  'bad-request': '',
  'not-found': '',
  'wrong-method': '',
  'not-acceptable': '',
  'too-slow': '',
  'body-too-long': '',
  'wrong-type': '',
  'no-key': '',
} as const;

export type Code = keyof typeof kCodes;

// A refusal as the server says it, by HTTP and by WebSocket alike [P130].
export type Said = {
  code?: string; // a newer server may know more, and who is not this server says none
  retry_after?: number; // seconds
  limit?: number; // how many of them are allowed
  rate?: number; // allowed in a second
};

// Why the server can do nothing with what it gets ([P85], media/worker/unusable_watch.cpp).
export const kUnusableReasons = [
  'unknown-stream',
  'payload-type',
  'malformed',
  'no-keyframe',
  'too-long',
  'unopened',
] as const;
export type UnusableReason = (typeof kUnusableReasons)[number];

// Why a student gets no better picture ([P41], media/worker/viewer_session.cpp).
export const kRungReasons = ['join', 'bandwidth', 'loss', 'limit', 'source', 'codec'] as const;
export type RungReason = (typeof kRungReasons)[number];
