// The teacher page's lists: students by rung, what is sent, devices to choose from.

import { byId, make, setText, show } from '../base/dom';
import type { DeviceChoice, DeviceKind } from './devices';
import { bitRate, decimal, milliseconds, percent, rungName } from '../base/format';
import type { Translator } from '../base/i18n';
import type { Outbound, SentEncoding } from '../link/outbound';
import type { Audience } from './teacher';
import type { TeachWord } from './words_teach';

type Words = Translator<TeachWord>;

function rungRow(words: Words, rung: string, count: number, most: number): HTMLLIElement {
  const row = make('li');
  row.dataset.testid = `rung-${rung}`;
  const bar = make('progress');
  bar.max = Math.max(1, most);
  bar.value = count;
  const name = rungName(rung, (word) => words.text(word));
  bar.setAttribute('aria-label', name);
  row.append(make('span', '', name), bar, make('span', 'count', String(count)));
  return row;
}

// Best picture first, one of unknown size after those, sound only and nothing last.
function byHeight([a]: [string, number], [b]: [string, number]): number {
  const rank = (rung: string) => parseInt(rung, 10) || -['video', 'audio', 'none'].indexOf(rung);
  return rank(b) - rank(a);
}

export function renderAudience(words: Words, audience: Audience): void {
  const { viewers, rungs, trouble } = audience;
  setText(byId('viewers'), decimal(viewers, 0, words.language));
  show(byId('students-none'), viewers === 0);
  const rows = Object.entries(rungs).filter(([, count]) => count > 0);
  rows.sort(byHeight);
  byId('rungs').replaceChildren(
    ...rows.map(([rung, count]) => rungRow(words, rung, count, viewers)),
  );
  const sentences = [
    trouble.sound > 0 ? words.text('troubleSound', { n: trouble.sound }) : '',
    trouble.picture > 0 ? words.text('troublePicture', { n: trouble.picture }) : '',
    trouble.codec ? words.text('troubleCodec', { n: trouble.codec }) : '',
  ];
  setText(byId('trouble'), sentences.filter(Boolean).join(', '));
}

function encodingRow(words: Words, sent: SentEncoding): HTMLLIElement {
  const row = make('li');
  row.dataset.testid = `sent-${sent.track}${sent.rid === '' ? '' : `-${sent.rid}`}`;
  row.dataset.limitation = sent.limitation;
  const rate = bitRate(sent.bitsPerSecond, words.language);
  if (sent.track === 'microphone') {
    row.append(make('span', '', words.text('sound')), make('span', '', rate));
    return row;
  }
  const size = sent.height > 0 ? `${sent.width} × ${sent.height}` : words.text('starting');
  const name = sent.track === 'screen' ? `${words.text('screen')} ${size}` : size;
  if (sent.rests) {
    row.append(make('span', '', name), make('span'), make('span', 'detail', words.text('rests')));
    return row;
  }
  const fps = words.text('perSecond', { n: decimal(sent.fps, 0, words.language) });
  const limitation = words.text(`limited-${sent.limitation}`);
  row.append(
    make('span', '', name),
    make('span', '', rate),
    make('span', 'detail', `${fps}, ${sent.codec}, ${limitation}`),
  );
  return row;
}

export function renderSending(words: Words, sending: Outbound | null): void {
  const encodings = sending?.encodings ?? [];
  show(byId('sending-none'), encodings.length === 0);
  byId('sending').replaceChildren(...encodings.map((sent) => encodingRow(words, sent)));
  const path =
    sending === null || encodings.length === 0
      ? ''
      : words.text('roundTrip', {
          rtt: milliseconds(sending.rttMs, words.language),
          loss: percent(sending.loss, words.language),
        });
  setText(byId('path'), path);
}

export function renderChoices(
  words: Words,
  kind: DeviceKind,
  choices: readonly DeviceChoice[],
  chosen: string | null,
): void {
  const select = byId<HTMLSelectElement>(`${kind}-choice`);
  const options = choices.map(({ id, label }, i) => {
    const option = make('option', '', label || words.text('deviceNumber', { n: i + 1 }));
    option.value = id;
    option.selected = id === chosen;
    return option;
  });
  if (options.length === 0) options.push(make('option', '', words.text('noDevice')));
  select.disabled = choices.length === 0;
  select.replaceChildren(...options);
}
