// The five signs, drawn here: fonts for emoji are missing or old on many devices.

const kSvg = 'http://www.w3.org/2000/svg';

// Paths in a box of 24; all are stroked.
const kFace = 'M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z';
const kPaths = {
  clap: 'M8 13l5.5-5.5a1.4 1.4 0 0 1 2 2L11 14M10 15l6-6a1.4 1.4 0 0 1 2 2l-6.5 6.5a4 4 0 0 1-5.7 0l-.6-.6a4 4 0 0 1-.6-4.9L7 8.5a1.3 1.3 0 0 1 2.3 1L8 13M12.5 2.5v2M7.5 3.5l1 1.8M17.5 3.5l-1 1.8',
  heart: 'M12 20s-7.5-4.6-7.5-10A4.2 4.2 0 0 1 12 7.4 4.2 4.2 0 0 1 19.5 10c0 5.4-7.5 10-7.5 10z',
  laugh: `${kFace}M7.5 10c.6-1.4 1.9-1.4 2.5 0M14 10c.6-1.4 1.9-1.4 2.5 0M7.5 13.5h9a4.5 4.5 0 0 1-9 0z`,
  thumb:
    'M7 11v9H4v-9zM7 19c1.2.7 2.5 1 4 1h5c1.5 0 2.3-.8 2.6-2l1.2-5c.3-1.4-.6-2.5-2-2.5H13l.7-4c.2-1.2-.4-2-1.4-2.2L7 11',
  wow: `${kFace}M9 9.5v1M15 9.5v1M14 15.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0z`,
} as const;

export type Reaction = keyof typeof kPaths;
export const kReactions = Object.keys(kPaths) as Reaction[];

export function icon(kind: Reaction): SVGSVGElement {
  const svg = document.createElementNS(kSvg, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(kSvg, 'path');
  path.setAttribute('d', kPaths[kind]);
  svg.append(path);
  return svg;
}
