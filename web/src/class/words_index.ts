// The words of the list of classes.

import type { Bilingual, Words } from '../base/i18n';
import type { TeacherState } from '../link/messages';

const en = {
  language: 'Indonesia',
  heading: 'Classes on this server',
  loading: 'Looking for classes …',
  none: 'No class yet. Open one below and teach.',
  hidden: 'This server does not show its classes. Use the link that your school gave you.',
  failed: 'The server does not answer. Trying again …',
  live: 'The class is running, students: {n}',
  away: 'The teacher has lost the connection, students: {n}',
  absent: 'Not started, students waiting: {n}',
  watch: 'Join',
  teach: 'Teach',
  openLabel: 'Teach a new class',
  openButton: 'Open',
  openHint: 'A short name of small letters, digits and hyphens, for example algebra-7b.',
} as const satisfies Words<TeacherState>;

export type IndexWord = keyof typeof en;

const id = {
  language: 'English',
  heading: 'Kelas di server ini',
  loading: 'Mencari kelas …',
  none: 'Belum ada kelas. Buka kelas di bawah ini lalu mulai mengajar.',
  hidden: 'Server ini tidak menampilkan daftar kelas. Pakai tautan dari sekolahmu.',
  failed: 'Server tidak menjawab. Mencoba lagi …',
  live: 'Kelas sedang berlangsung, murid: {n}',
  away: 'Sambungan guru terputus, murid: {n}',
  absent: 'Belum dimulai, murid menunggu: {n}',
  watch: 'Masuk',
  teach: 'Mengajar',
  openLabel: 'Mengajar kelas baru',
  openButton: 'Buka',
  openHint: 'Nama pendek dari huruf kecil, angka, dan tanda hubung, misalnya aljabar-7b.',
} as const;

export const kIndexWords = { en, id } satisfies Bilingual<typeof en, typeof id>;
