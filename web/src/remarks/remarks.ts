// One line over the picture for what the server remarks (docs/protocol.md, P39: the errors that leave
// the connection open). The newest takes the place of the one before, and goes after a while.

import { make, setText } from '../base/dom';
import { kBrowser, type Environment } from '../base/environment';
import { fill, type Language } from '../base/i18n';
import type { Said } from '../link/codes';
import { kRemarkWords } from './words';

const kShownMs = 4000; // long enough to read a sentence

export class Remarks {
  language: Language;
  private readonly line = make('p', 'remark');
  private readonly env: Environment;
  private cancel: () => void = () => {};

  constructor(root: HTMLElement, language: Language, env: Environment = kBrowser) {
    this.env = env;
    this.language = language;
    this.line.setAttribute('role', 'status');
    this.line.dataset.testid = 'remark';
    root.append(this.line);
  }

  // Codes that have no words here belong to the page itself, whose state they change.
  show(said: Said): void {
    const words: Readonly<Record<string, string>> = kRemarkWords[this.language];
    const text = words[said.code ?? ''];
    if (text === undefined) return;
    setText(this.line, fill(text, said));
    this.cancel();
    this.cancel = this.env.after(kShownMs, () => setText(this.line, ''));
  }
}
