// Reading getStats() reports: fields that a browser lacks read as 0.

export type Stat = Record<string, unknown> & { type: string };

export function number(stat: Stat | undefined, field: string): number {
  const value = stat?.[field];
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

// Empty when the connection is closed.
export async function readStats(pc: RTCPeerConnection): Promise<Stat[]> {
  if (pc.signalingState === 'closed') return [];
  const stats: Stat[] = [];
  (await pc.getStats().catch(() => null))?.forEach((stat: Stat) => stats.push(stat));
  return stats;
}

const pairsOf = (stats: readonly Stat[]) => stats.filter((s) => s.type === 'candidate-pair');

// The pair in use. Chromium names it in its transport report, and leaves `nominated` on those that
// it has used before; Firefox has no such report and marks the pair `selected`.
export function selectedPair(stats: readonly Stat[]): Stat | undefined {
  const transport = stats.find((s) => s.selectedCandidatePairId !== undefined);
  const pairs = pairsOf(stats);
  return (
    pairs.find((pair) => pair.id === transport?.selectedCandidatePairId) ??
    pairs.find((pair) => pair.selected) ??
    pairs.find((pair) => pair.nominated)
  );
}

// A counter of the path, over all pairs: whatever came by any of them came.
export function onAllPairs(stats: readonly Stat[], field: string): number {
  return pairsOf(stats).reduce((total, pair) => total + number(pair, field), 0);
}

export function roundTripMs(pair: Stat | undefined): number | null {
  const rtt = pair?.currentRoundTripTime;
  return typeof rtt === 'number' ? rtt * 1000 : null;
}

// `VP8`, `H264`; empty while unknown.
export function codecName(stats: readonly Stat[], stream: Stat | undefined): string {
  const codec = stats.find((s) => s.type === 'codec' && s.id === stream?.codecId);
  const name = codec?.mimeType;
  return typeof name === 'string' ? name.slice(name.indexOf('/') + 1) : '';
}
