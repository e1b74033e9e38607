// The name by which this tab is known to the server, so that it can take over from itself after a
// reload [P16]. It lives in sessionStorage, which browsers copy into a duplicated tab and into one
// opened by rel=opener: so each page holds a lock of that name, and who does not get it is a copy
// and takes another name. Two pages under one name would take the class from each other for ever.

const kStored = 'lectern.client';
// A reload lets go of its lock in a moment; a copy's original never does.
const kReleasedWithinMs = 1500;

let own = '';

function draw(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
}

// Resolves to whether the lock was free, and holds it as long as the page lives.
function hold(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), kReleasedWithinMs);
    const held = () => {
      clearTimeout(timer);
      resolve(true);
      return new Promise<never>(() => {});
    };
    navigator.locks
      .request(`lectern.client.${name}`, { signal: abort.signal }, held)
      .catch(() => resolve(false));
  });
}

// Plain http has no locks: there only a reload keeps its name.
function isReload(): boolean {
  const [entry] = performance.getEntriesByType('navigation');
  return (entry as PerformanceNavigationTiming | undefined)?.type === 'reload';
}

// To be awaited before clientName(). Resolves to whether this tab was here before, so that it may go
// on by itself with what it did; a new tab and a copied one may not.
export async function claimIdentity(): Promise<boolean> {
  const stored = sessionStorage.getItem(kStored);
  const hasLocks = 'locks' in navigator;
  if (stored !== null && (hasLocks ? await hold(stored) : isReload())) {
    own = stored;
    return true;
  }
  own = draw();
  sessionStorage.setItem(kStored, own);
  if (hasLocks) void hold(own);
  return false;
}

export function clientName(): string {
  return own;
}
