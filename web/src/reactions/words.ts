export const kReactionWords = {
  id: {
    reactions: 'Reaksi',
    clap: 'Tepuk tangan',
    heart: 'Suka',
    laugh: 'Lucu',
    thumb: 'Setuju',
    wow: 'Wah',
  },
  en: {
    reactions: 'Reactions',
    clap: 'Applause',
    heart: 'Love it',
    laugh: 'Funny',
    thumb: 'Agreed',
    wow: 'Wow',
  },
} as const;

export type ReactionWord = keyof (typeof kReactionWords)['id'];
