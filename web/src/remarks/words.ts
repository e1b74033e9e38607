// What the server remarks about something that this page said to its class.

import type { Bilingual, Words } from '../base/i18n';
import type { Remark } from '../link/verdict';

const en = {
  'too-many-messages': 'That was too fast: it was not sent. {rate} a second are allowed.',
  'not-allowed': 'Only the teacher may do that.',
  // The page has said something that it should not: it is older than the server.
  'bad-message': 'The server did not understand this page. Load it again.',
  'hello-first': 'The server did not understand this page. Load it again.',
} as const satisfies Words<Remark>;

const id = {
  'too-many-messages': 'Terlalu cepat: tidak terkirim. Boleh {rate} kali per detik.',
  'not-allowed': 'Hanya guru yang boleh melakukannya.',
  'bad-message': 'Server tidak memahami halaman ini. Muat ulang halaman ini.',
  'hello-first': 'Server tidak memahami halaman ini. Muat ulang halaman ini.',
} as const;

export const kRemarkWords = { en, id } satisfies Bilingual<typeof en, typeof id>;
