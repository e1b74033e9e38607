// Reactions (docs/protocol.md, P120): five buttons, and what the class has pressed in the last second,
// which rises over the picture and fades.

import { make } from '../base/dom';
import type { Language } from '../base/i18n';
import { icon, kReactions, type Reaction } from './icons';
import { kReactionWords } from './words';

const kShownMs = 2500; // as long as the style's animation
const kRestMs = 500; // between two of one person: the server takes two a second

export interface ReactionsHost {
  root: HTMLElement; // over the picture
  react(kind: Reaction): void;
}

export class Reactions {
  private readonly host: ReactionsHost;
  private readonly bar = make('div', 'reactions');
  private readonly sky = make('div', 'reactions-sky');
  private readonly buttons = new Map<Reaction, HTMLButtonElement>();

  constructor(host: ReactionsHost, language: Language) {
    this.host = host;
    this.bar.setAttribute('role', 'group');
    // Counts come each second, and a screen reader that said them all would say nothing else.
    this.sky.setAttribute('aria-hidden', 'true');
    this.sky.dataset.testid = 'reactions-sky';
    for (const kind of kReactions) {
      const button = make('button');
      button.append(icon(kind));
      button.type = 'button';
      button.dataset.kind = kind;
      button.dataset.testid = `reaction-${kind}`;
      button.addEventListener('click', () => this.press(kind, button));
      this.buttons.set(kind, button);
      this.bar.append(button);
    }
    this.setLanguage(language);
    host.root.append(this.sky, this.bar);
  }

  setLanguage(language: Language): void {
    const words = kReactionWords[language];
    this.bar.setAttribute('aria-label', words.reactions);
    for (const [kind, button] of this.buttons) {
      button.setAttribute('aria-label', words[kind]);
      button.title = words[kind];
    }
  }

  // What the class has pressed in the last second.
  show(counts: Readonly<Record<string, number>>): void {
    for (const kind of kReactions) {
      const count = counts[kind] ?? 0;
      if (count === 0) continue;
      const drop = make('span', '', count > 1 ? String(count) : '');
      drop.dataset.kind = kind;
      drop.prepend(icon(kind));
      this.sky.append(drop);
      setTimeout(() => drop.remove(), kShownMs);
    }
  }

  private press(kind: Reaction, button: HTMLButtonElement): void {
    if (button.getAttribute('aria-disabled') === 'true') return;
    this.host.react(kind);
    // Not `disabled`: that would take the focus away from who uses the keyboard.
    button.setAttribute('aria-disabled', 'true');
    setTimeout(() => button.removeAttribute('aria-disabled'), kRestMs);
  }
}
