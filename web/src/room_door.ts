// Fetches the room's bundle (room.ts) once it is wanted. Until then nothing that is meant for it is
// kept but the last class time: all else is of the moment.

import { byId } from './base/dom';
import type { Said } from './link/codes';
import type { ServerMessage } from './link/messages';
import type { Room, RoomHost } from './room';

export class RoomDoor {
  private room: Room | null = null;
  private times: ServerMessage | null = null;
  private isAsked = false;

  open(
    language: RoomHost['language'],
    react: RoomHost['react'],
    playing?: RoomHost['playing'],
  ): void {
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
        this.room = module.openRoom({ root, language, react, playing });
        if (this.times !== null) this.room.onMessage(this.times);
      },
      () => {
        this.isAsked = false; // the network is gone: asked again with the next occasion
        link.remove();
      },
    );
  }

  get clock(): Room['clock'] {
    return this.room?.clock ?? null;
  }

  onMessage(message: ServerMessage): void {
    if (message.type === 'times') this.times = message;
    this.room?.onMessage(message);
  }

  // What the server says about something that this page said to its class.
  remark(said: Said): void {
    this.room?.remark(said);
  }

  setLanguage(language: RoomHost['language']): void {
    this.room?.setLanguage(language);
  }
}
