// The teacher page's lists: students by rung, what is sent, what is missing, devices to choose from.
// Rows that stay keep their elements, so that a screen reader does not read them out anew.

import { render } from 'preact';
import { byId, setText, show } from '../base/dom';
import type { Fault, Kind } from './capture';
import type { DeviceChoice, DeviceKind } from './devices';
import { bitRate, decimal, milliseconds, percent, rungName } from '../base/format';
import type { Translator } from '../base/i18n';
import type { UnusableReason } from '../link/codes';
import type { Outbound, SentEncoding } from '../link/outbound';
import type { Audience } from './teacher';
import { pure } from '../view/pure';
import type { TeachWord } from './words_teach';

type Words = Pick<Translator<TeachWord>, 'language' | 'text'>;

interface Rung {
  rung: string;
  name: string;
  count: number;
  most: number;
}

const RungRow = pure(({ rung, name, count, most }: Rung) => (
  <li data-testid={`rung-${rung}`}>
    <span>{name}</span>
    <progress max={most} value={count} aria-label={name} />
    <span class="count">{count}</span>
  </li>
));

// Best picture first, one of unknown size after those, sound only and nothing last.
function byHeight([a]: [string, number], [b]: [string, number]): number {
  const rank = (rung: string) => parseInt(rung, 10) || -['video', 'audio', 'none'].indexOf(rung);
  return rank(b) - rank(a);
}

export function renderAudience(words: Words, audience: Audience): void {
  const { viewers, rungs, trouble } = audience;
  setText(byId('viewers'), decimal(viewers, 0, words.language));
  show(byId('students-none'), viewers === 0);
  const counts = Object.entries(rungs).filter(([, count]) => count > 0);
  const rows = counts.sort(byHeight).map(([rung, count]) => {
    const name = rungName(rung, (word) => words.text(word));
    return <RungRow key={rung} rung={rung} name={name} count={count} most={Math.max(1, viewers)} />;
  });
  render(<>{rows}</>, byId('rungs'));
  const sentences = [
    trouble.sound > 0 ? words.text('troubleSound', { n: trouble.sound }) : '',
    trouble.picture > 0 ? words.text('troublePicture', { n: trouble.picture }) : '',
    trouble.codec ? words.text('troubleCodec', { n: trouble.codec }) : '',
  ];
  setText(byId('trouble'), sentences.filter(Boolean).join(', '));
}

interface Sent {
  id: string;
  limitation: string;
  name: string;
  rate: string;
  detail: string; // may be empty
}

const SentRow = pure(({ id, limitation, name, rate, detail }: Sent) => (
  <li data-testid={id} data-limitation={limitation}>
    <span>{name}</span>
    <span>{rate}</span>
    {detail !== '' && <span class="detail">{detail}</span>}
  </li>
));

function sentRow(words: Words, sent: SentEncoding): Sent {
  const { track, rid, limitation } = sent;
  const id = `sent-${track}${rid === '' ? '' : `-${rid}`}`;
  const rate = bitRate(sent.bitsPerSecond, words.language);
  if (track === 'microphone') {
    return { id, limitation, name: words.text('sound'), rate, detail: '' };
  }
  const size = sent.height > 0 ? `${sent.width} × ${sent.height}` : words.text('starting');
  const name = track === 'screen' ? `${words.text('screen')} ${size}` : size;
  if (sent.rests) return { id, limitation, name, rate: '', detail: words.text('rests') };
  const fps = words.text('perSecond', { n: decimal(sent.fps, 0, words.language) });
  const detail = `${fps}, ${sent.codec}, ${words.text(`limited-${limitation}`)}`;
  return { id, limitation, name, rate, detail };
}

export function renderSending(words: Words, sending: Outbound | null): void {
  const rows = (sending?.encodings ?? []).map((sent) => sentRow(words, sent));
  show(byId('sending-none'), rows.length === 0);
  render(
    <>
      {rows.map((row) => (
        <SentRow key={row.id} {...row} />
      ))}
    </>,
    byId('sending'),
  );
  const path =
    sending === null || rows.length === 0
      ? ''
      : words.text('roundTrip', {
          rtt: milliseconds(sending.rttMs, words.language),
          loss: percent(sending.loss, words.language),
        });
  setText(byId('path'), path);
}

// The same page by https, where the server has that too.
function HttpsLink({ words }: { words: Words }) {
  const address = location.href.replace(/^http:/, 'https:');
  return (
    <>
      {' '}
      <a href={address} data-testid="open-https">
        {words.text('openByHttps')}
      </a>
    </>
  );
}

// Tracks as the message `unusable` names them [P85].
const kTrackWords: Readonly<Record<string, TeachWord>> = {
  audio: 'sound',
  camera: 'camera',
  screen: 'screen',
};

// `unusable`: by track, why the server can do nothing with what it gets.
export function renderFaults(
  words: Words,
  faults: ReadonlyMap<Kind, Fault>,
  unusable: ReadonlyMap<string, UnusableReason>,
): void {
  const here = location.host.replace(location.hostname, 'localhost') + location.pathname;
  render(
    <>
      {[...faults].map(([kind, fault]) => (
        <li key={kind} data-testid={`fault-${kind}`}>
          {words.text(`${kind}-${fault}` as TeachWord, { here })}
          {fault === 'insecure' && kind === 'camera' && <HttpsLink words={words} />}
        </li>
      ))}
      {[...unusable].map(([track, reason]) => (
        <li key={track} data-testid={`unusable-${reason}`}>
          {words.text(`unusable-${reason}`, { track: words.text(kTrackWords[track] ?? 'sending') })}
        </li>
      ))}
    </>,
    byId('faults'),
  );
}

export function renderChoices(
  words: Words,
  kind: DeviceKind,
  choices: readonly DeviceChoice[],
  chosen: string | null,
): void {
  const select = byId<HTMLSelectElement>(`${kind}-choice`);
  const options = choices.map(({ id, label }, i) => (
    <option value={id}>{label || words.text('deviceNumber', { n: i + 1 })}</option>
  ));
  render(<>{options.length > 0 ? options : <option>{words.text('noDevice')}</option>}</>, select);
  select.disabled = choices.length === 0;
  // The element's, not the option's: what the user picked has changed the element alone.
  select.selectedIndex = Math.max(
    0,
    choices.findIndex(({ id }) => id === chosen),
  );
}
