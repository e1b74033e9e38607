import type { Bilingual } from '../base/i18n';

const en = {
  reactions: 'Reactions',
  clap: 'Applause',
  heart: 'Love it',
  laugh: 'Funny',
  thumb: 'Agreed',
  wow: 'Wow',
} as const;

export type ReactionWord = keyof typeof en;

const id = {
  reactions: 'Reaksi',
  clap: 'Tepuk tangan',
  heart: 'Suka',
  laugh: 'Lucu',
  thumb: 'Setuju',
  wow: 'Wah',
} as const;

export const kReactionWords = { en, id } satisfies Bilingual<typeof en, typeof id>;
