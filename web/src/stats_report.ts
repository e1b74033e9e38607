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

// The pair in use. Firefox has no transport report and marks the pair `selected`.
export function selectedPair(stats: readonly Stat[]): Stat | undefined {
  return stats.find((s) => s.type === 'candidate-pair' && (s.selected || s.nominated));
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
