// Why the server lets a page wait, which then tries again by itself.

export type Wait =
  | 'full' // no place is free
  | 'busy' // it cannot answer just now
  | 'crowded'; // too many pages of this person are open

// By the code of the error that closed the WebSocket [P39]; null: no reason to wait.
export function waitOf(code: string | null): Wait | null {
  switch (code) {
    case null:
    case 'unknown-class':
      return null;
    case 'full':
    case 'classes-full':
      return 'full';
    case 'too-many-connections':
      return 'crowded';
    default:
      return 'busy';
  }
}

// By the status of a refused request.
export function waitOfStatus(status: number | undefined): Wait | null {
  return status === 503 ? 'full' : status === 429 ? 'busy' : null;
}
