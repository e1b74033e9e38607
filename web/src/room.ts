// What people do in a class besides looking and listening. A bundle of its own, which the pages fetch
// when sound and picture are there: nothing of it is in the way of a first join.

import { Reactions, type ReactionsHost } from './reactions/reactions';
import type { Language } from './base/i18n';
import type { Said } from './link/codes';
import { Remarks } from './remarks/remarks';

export interface RoomHost extends ReactionsHost {
  language: Language;
}

export interface Room {
  reactions: Reactions;
  remark(said: Said): void;
  setLanguage(language: Language): void;
}

export function openRoom(host: RoomHost): Room {
  const reactions = new Reactions(host, host.language);
  const remarks = new Remarks(host.root, host.language);
  return {
    reactions,
    remark: (said) => remarks.show(said),
    setLanguage: (language) => {
      reactions.setLanguage(language);
      remarks.language = language;
    },
  };
}
