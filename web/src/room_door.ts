// Fetches the room's bundle (room.ts) once it is wanted; until then nothing that is meant for it is
// kept, because all of it is of the moment.

import { byId } from './base/dom';
import type { Said } from './link/codes';
import type { Room, RoomHost } from './room';

export class RoomDoor {
  private room: Room | null = null;
  private isAsked = false;

  open(language: RoomHost['language'], react: RoomHost['react']): void {
    if (this.isAsked) return;
    this.isAsked = true;
    const root = byId('stage');
    const { room: script = '', style = '' } = root.dataset;
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = style;
    document.head.append(link);
    // Relative to the page, not to the script that is being read.
    const address = new URL(script, document.baseURI).href;
    import(address).then(
      (module: { openRoom(host: RoomHost): Room }) => {
        this.room = module.openRoom({ root, language, react });
      },
      () => {
        this.isAsked = false; // the network is gone: asked again with the next occasion
        link.remove();
      },
    );
  }

  showReactions(counts: Readonly<Record<string, number>>): void {
    this.room?.reactions.show(counts);
  }

  // What the server says about something that this page said to its class.
  remark(said: Said): void {
    this.room?.remark(said);
  }

  setLanguage(language: RoomHost['language']): void {
    this.room?.setLanguage(language);
  }
}
