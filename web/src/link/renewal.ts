// A page that is older than its server loads itself anew [P39]: once, and not again soon if that did not
// help (a proxy that keeps old pages).

const kKey = 'lectern.renewed';
const kAgainMs = 10 * 60_000;

// True if the page is on its way out.
export function renew(
  store: Pick<Storage, 'getItem' | 'setItem'> = sessionStorage,
  reload = () => location.reload(),
  nowMs = Date.now(),
): boolean {
  const last = store.getItem(kKey);
  if (last !== null && nowMs - Number(last) < kAgainMs) return false;
  store.setItem(kKey, String(nowMs));
  reload();
  return true;
}
