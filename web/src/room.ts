// What people do in a class besides looking and listening. A bundle of its own, which the pages fetch
// when sound and picture are there: nothing of it is in the way of a first join.

import type { Language } from './base/i18n';
import { ClassClock, type ClockHost } from './class/class_clock';
import type { Said } from './link/codes';
import type { ServerMessage } from './link/messages';
import { Reactions, type ReactionsHost } from './reactions/reactions';
import { Remarks } from './remarks/remarks';

export interface RoomHost extends ReactionsHost {
  language: Language;
  playing?: ClockHost | undefined; // of a page that plays the class
}

export interface Room {
  clock: ClassClock | null;
  onMessage(message: ServerMessage): void;
  remark(said: Said): void;
  setLanguage(language: Language): void;
}

export function openRoom(host: RoomHost): Room {
  const reactions = new Reactions(host, host.language);
  const remarks = new Remarks(host.root, host.language);
  const clock = host.playing ? new ClassClock(host.playing) : null;
  return {
    clock,
    onMessage(message) {
      if (message.type === 'reactions') reactions.show(message.counts);
      else if (message.type === 'times') clock?.onTimes(message);
    },
    remark: (said) => remarks.show(said),
    setLanguage(language) {
      reactions.setLanguage(language);
      remarks.language = language;
    },
  };
}
