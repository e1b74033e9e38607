// /: the classes of this server, as far as it tells (with --dev it does).

import { at } from './base/address';
import { byId, make, setText } from './base/dom';
import { Translator } from './base/i18n';
import { refusalOf } from './link/media_session';
import { isFinal } from './link/verdict';
import { kIndexWords, type IndexWord } from './class/words_index';

interface ListedClass {
  class: string;
  teacher: 'live' | 'away' | 'absent';
  viewers: number;
}

const kRefreshMs = 3000;
const words = new Translator<IndexWord>(kIndexWords);
let listed: ListedClass[] = [];
let message: IndexWord | null = 'loading';

function row(item: ListedClass): HTMLLIElement {
  const element = make('li');
  element.dataset.testid = `class-${item.class}`;
  element.dataset.teacher = item.teacher;
  const link = (to: 'watch' | 'teach') => {
    const anchor = make('a', to, words.text(to));
    anchor.href = at(`${to}/${encodeURIComponent(item.class)}`).href;
    anchor.dataset.testid = `${to}-${item.class}`;
    return anchor;
  };
  element.append(
    make('span', 'name', item.class),
    make('span', 'state', words.text(item.teacher, { n: item.viewers })),
    link('teach'),
    link('watch'),
  );
  return element;
}

function render(): void {
  words.apply();
  setText(byId('language'), words.text('language'));
  setText(byId('message'), message === null ? '' : words.text(message));
  const focused = document.activeElement?.getAttribute('data-testid');
  byId('classes').replaceChildren(...listed.map(row));
  if (focused) document.querySelector<HTMLElement>(`[data-testid="${focused}"]`)?.focus();
}

async function refresh(): Promise<void> {
  try {
    const response = await fetch(at('api/v1/classes'), { cache: 'no-store' });
    if (response.ok) {
      listed = ((await response.json()) as { classes: ListedClass[] }).classes;
      message = listed.length === 0 ? 'none' : null;
    } else {
      listed = [];
      const { verdict } = await refusalOf(response);
      message = isFinal(verdict) ? 'hidden' : 'failed';
    }
  } catch {
    message = 'failed';
  }
  render();
}

byId('language').addEventListener('click', () => {
  words.switchTo(words.language === 'id' ? 'en' : 'id');
  render();
});
byId<HTMLFormElement>('open').addEventListener('submit', (event) => {
  event.preventDefault();
  location.href = at(`teach/${byId<HTMLInputElement>('name').value}`).href;
});
render();
void refresh();
setInterval(() => void refresh(), kRefreshMs);
