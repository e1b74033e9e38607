// Numbers as people read them, in their language's notation.

const kUnknown = '–';

export function decimal(value: number, digits: number, language: string): string {
  return value.toLocaleString(language, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

export function megabytes(bytes: number, language: string): string {
  return `${decimal(bytes / 1e6, bytes < 1e8 ? 1 : 0, language)} MB`;
}

export function bitRate(bitsPerSecond: number | null, language: string): string {
  if (bitsPerSecond === null) return kUnknown;
  return bitsPerSecond < 1e6
    ? `${decimal(bitsPerSecond / 1e3, 0, language)} kbit/s`
    : `${decimal(bitsPerSecond / 1e6, 1, language)} Mbit/s`;
}

// A rung (protocol P41) in words; one that has a size is its own name.
export function rungName(
  rung: string,
  text: (word: 'rungAudio' | 'rungVideo' | 'rungNone') => string,
): string {
  if (rung === 'audio') return text('rungAudio');
  if (rung === 'video') return text('rungVideo');
  return rung === 'none' ? text('rungNone') : rung;
}

export function milliseconds(ms: number | null, language: string): string {
  return ms === null ? kUnknown : `${decimal(ms, 0, language)} ms`;
}

export function percent(fraction: number | null, language: string): string {
  return fraction === null ? kUnknown : `${decimal(fraction * 100, 1, language)} %`;
}
