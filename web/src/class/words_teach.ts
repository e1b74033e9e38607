// The teacher page's words.

import type { Bilingual, Words } from '../base/i18n';
import type { UnusableReason } from '../link/codes';
import type { TeachNoticed, TeachState } from './teach_state';

// A state without a sentence does not compile, nor a reason that the server gives.
type Needed = TeachState | `${TeachNoticed}Text` | `unusable-${UnusableReason}`;

const en = {
  title: 'Teach {class} · Lectern',
  language: 'Indonesia',

  lobby: 'Not started',
  connecting: 'Connecting …',
  live: 'Live',
  reconnecting: 'Reconnecting …',
  offline: 'No internet',
  full: 'Server is full',
  busy: 'Please wait',
  crowded: 'Open too often',
  'refused-token': 'Link not valid',
  'refused-forbidden': 'Not admitted',
  'refused-conflict': 'Someone is teaching',
  'refused-replaced': 'Taught elsewhere',
  'refused-unsupported': 'Not possible here',
  'refused-unknown': 'Class not open',
  'refused-version': 'Page out of date',

  reconnectingText: 'The connection was lost. It comes back by itself; the students wait.',
  offlineText:
    'This device has no internet. Check cable or Wi-Fi; the class then goes on by itself.',
  fullText: 'The server has no place left. Trying again …',
  busyText: 'The server cannot answer just now. It is asked again in a moment.',
  crowdedText:
    'Too many windows are open with your link ({limit}). Close the others: this one then goes on by itself.',
  'refused-tokenText':
    'Your link is missing, was used already or has expired. Ask for a new one, or make one with “lectern token”.',
  'refused-forbiddenText': 'Your link does not allow teaching this class.',
  'refused-conflictText':
    'Another teacher is live in this class. Wait until that class ends, then try again.',
  'refused-replacedText':
    'The class is taught in another window or on another device now. Teaching goes on there.',
  'refused-unsupportedText':
    'The server cannot take what this browser sends. Try a recent Chrome or Firefox.',
  'refused-unknownText': 'No class is open under this name. Check the link.',
  'refused-versionText': 'The server has been updated. Load this page again.',
  teachHere: 'Teach here',
  tryAgain: 'Try again',

  preview: 'Your camera, as students see it',
  screenPreview: 'Your shared screen',
  blank: 'Your camera is off',
  start: 'Start class',
  stop: 'End class',
  endQuestion: 'End the class for everybody?',
  endConfirm: 'End class',
  endCancel: 'Go on teaching',
  microphone: 'Microphone',
  camera: 'Camera',
  share: 'Share screen',
  shareStop: 'Stop sharing',
  on: 'on',
  off: 'off',
  level: 'How loud you are',
  silent: 'No sound is coming in. Speak, or choose another microphone.',

  devices: 'Camera and microphone',
  settings: 'Picture format',
  codecVp8: 'VP8 (for all browsers)',
  codecH264: 'H.264 (spares batteries, not for all browsers)',
  noDevice: 'none found',
  deviceNumber: 'Device {n}',

  'microphone-denied':
    'The microphone is blocked. Allow it at the lock in the address bar, then press Microphone.',
  'microphone-missing':
    'No microphone found. Plug one in, and it is used. Until then students only see you.',
  'microphone-busy': 'Another program holds the microphone. Close it, then press Microphone.',
  'microphone-insecure': 'The same holds for the microphone and the shared screen.',
  'microphone-silenced':
    'This device has silenced the microphone (a call, or a switch on it). Students do not hear you.',
  'camera-silenced': 'This device has switched the camera off (a call, or a switch on it).',
  'microphone-failed':
    'The microphone does not start. Choose another one, or press Microphone to try again.',
  'camera-denied':
    'The camera is blocked. Allow it at the lock in the address bar, then press Camera.',
  'camera-missing':
    'No camera found. Plug one in, and it is used. Until then teach with sound and a shared screen.',
  'camera-busy': 'Another program holds the camera. Close it, then press Camera.',
  'camera-insecure':
    'This page was opened by plain http, and browsers give the camera to https pages only. Ask who runs the server to switch on https (--tls-cert and --tls-key, see “lectern serve --help”), or open the page on the server’s own computer as http://{here}.',
  openByHttps: 'Try this page by https',
  'camera-failed': 'The camera does not start. Choose another one, or press Camera to try again.',
  'screen-stopped': 'Sharing ended when the page was loaded again. Press Share screen to go on.',
  'screen-missing': 'This browser cannot share a screen. Use one on a computer.',
  'unusable-unknown-stream':
    '{track}: the server cannot place what it gets. End the class and start it again.',
  'unusable-payload-type':
    '{track}: the server gets another format than agreed. End the class and start it again.',
  'unusable-malformed':
    '{track}: the server cannot read what this browser sends. Choose another picture format.',
  'unusable-too-long':
    '{track}: this browser sends larger packets than the server can pass on. Choose another picture format.',
  'unusable-unopened':
    '{track}: the server cannot decrypt what this browser sends. End the class and start it again.',
  'unusable-no-keyframe':
    '{track}: students cannot see it yet, because it never starts anew. Switch it off and on.',

  students: 'Students',
  studentsNone: 'Nobody is here yet. Send the link below.',
  rungAudio: 'sound only',
  rungVideo: 'picture',
  rungNone: 'nothing',
  troubleSound: 'without sound now: {n}',
  troublePicture: 'without picture now: {n}',
  troubleCodec: 'of these with a browser that cannot show the format: {n} (VP8 suits all)',

  sending: 'What you send',
  sendingNone: 'Nothing yet: the class has not started.',
  sound: 'Sound',
  screen: 'Screen',
  roundTrip: 'Round trip {rtt}, lost on the way {loss}',
  rests: 'resting: no student receives it now',
  'limited-none': 'full quality',
  'limited-bandwidth': 'held back by your upload',
  'limited-cpu': 'held back by this computer',
  'limited-other': 'held back',
  perSecond: '{n} pictures/s',
  starting: 'starting',

  link: 'Link for students',
  copy: 'Copy',
  copied: 'Copied',
} as const satisfies Words<Needed>;

export type TeachWord = keyof typeof en;

const id = {
  title: 'Mengajar {class} · Lectern',
  language: 'English',

  lobby: 'Belum dimulai',
  connecting: 'Menghubungkan …',
  live: 'Langsung',
  reconnecting: 'Menyambung kembali …',
  offline: 'Tidak ada internet',
  full: 'Server penuh',
  busy: 'Mohon tunggu',
  crowded: 'Terlalu banyak jendela',
  'refused-token': 'Tautan tidak berlaku',
  'refused-forbidden': 'Tidak diizinkan',
  'refused-conflict': 'Sudah ada yang mengajar',
  'refused-replaced': 'Diajar di tempat lain',
  'refused-unsupported': 'Tidak bisa di sini',
  'refused-unknown': 'Kelas belum dibuka',
  'refused-version': 'Halaman usang',

  reconnectingText: 'Sambungan terputus. Akan kembali sendiri; murid-murid menunggu.',
  offlineText:
    'Perangkat ini tidak terhubung ke internet. Periksa kabel atau Wi-Fi; kelas akan berlanjut sendiri.',
  fullText: 'Server sedang penuh. Mencoba lagi …',
  busyText: 'Server belum bisa menjawab. Sebentar lagi dicoba lagi.',
  crowdedText:
    'Terlalu banyak jendela dibuka dengan tautan Anda ({limit}). Tutup yang lain: jendela ini lalu berjalan lagi sendiri.',
  'refused-tokenText':
    'Tautan Anda tidak ada, sudah dipakai, atau kedaluwarsa. Minta yang baru, atau buat dengan “lectern token”.',
  'refused-forbiddenText': 'Tautan Anda tidak mengizinkan mengajar kelas ini.',
  'refused-conflictText':
    'Guru lain sedang mengajar di kelas ini. Tunggu sampai selesai, lalu coba lagi.',
  'refused-replacedText':
    'Kelas ini sekarang diajar di jendela atau perangkat lain. Kelas berlanjut di sana.',
  'refused-unsupportedText':
    'Server tidak dapat menerima kiriman peramban ini. Coba Chrome atau Firefox terbaru.',
  'refused-unknownText': 'Tidak ada kelas yang dibuka dengan nama ini. Periksa tautannya.',
  'refused-versionText': 'Server sudah diperbarui. Muat ulang halaman ini.',
  teachHere: 'Mengajar di sini',
  tryAgain: 'Coba lagi',

  preview: 'Kamera Anda, seperti dilihat murid',
  screenPreview: 'Layar yang Anda bagikan',
  blank: 'Kamera Anda mati',
  start: 'Mulai kelas',
  stop: 'Akhiri kelas',
  endQuestion: 'Akhiri kelas untuk semua?',
  endConfirm: 'Akhiri kelas',
  endCancel: 'Lanjut mengajar',
  microphone: 'Mikrofon',
  camera: 'Kamera',
  share: 'Bagikan layar',
  shareStop: 'Berhenti berbagi',
  on: 'nyala',
  off: 'mati',
  level: 'Keras suara Anda',
  silent: 'Tidak ada suara masuk. Bicaralah, atau pilih mikrofon lain.',

  devices: 'Kamera dan mikrofon',
  settings: 'Format gambar',
  codecVp8: 'VP8 (untuk semua peramban)',
  codecH264: 'H.264 (hemat baterai, tidak untuk semua peramban)',
  noDevice: 'tidak ditemukan',
  deviceNumber: 'Perangkat {n}',

  'microphone-denied':
    'Mikrofon diblokir. Izinkan lewat gembok di bilah alamat, lalu tekan Mikrofon.',
  'microphone-missing':
    'Mikrofon tidak ditemukan. Pasang, maka langsung dipakai. Sampai saat itu murid hanya melihat Anda.',
  'microphone-busy': 'Mikrofon dipakai program lain. Tutup program itu, lalu tekan Mikrofon.',
  'microphone-insecure': 'Begitu juga mikrofon dan layar yang dibagikan.',
  'microphone-silenced':
    'Perangkat ini membungkam mikrofon (panggilan, atau sakelar). Murid tidak mendengar Anda.',
  'camera-silenced': 'Perangkat ini mematikan kamera (panggilan, atau sakelar).',
  'microphone-failed':
    'Mikrofon tidak mau menyala. Pilih yang lain, atau tekan Mikrofon untuk mencoba lagi.',
  'camera-denied': 'Kamera diblokir. Izinkan lewat gembok di bilah alamat, lalu tekan Kamera.',
  'camera-missing':
    'Kamera tidak ditemukan. Pasang, maka langsung dipakai. Sementara itu mengajarlah dengan suara dan layar yang dibagikan.',
  'camera-busy': 'Kamera dipakai program lain. Tutup program itu, lalu tekan Kamera.',
  'camera-insecure':
    'Halaman ini dibuka lewat http biasa, dan peramban hanya memberi kamera kepada halaman https. Minta pengelola server menyalakan https (--tls-cert dan --tls-key, lihat “lectern serve --help”), atau buka halaman ini di komputer server sendiri sebagai http://{here}.',
  openByHttps: 'Coba halaman ini lewat https',
  'camera-failed':
    'Kamera tidak mau menyala. Pilih yang lain, atau tekan Kamera untuk mencoba lagi.',
  'screen-stopped':
    'Berbagi layar berakhir saat halaman dimuat ulang. Tekan Bagikan layar untuk melanjutkan.',
  'screen-missing': 'Peramban ini tidak dapat membagikan layar. Pakai peramban di komputer.',
  'unusable-unknown-stream':
    '{track}: server tidak mengenali yang diterimanya. Akhiri kelas, lalu mulai lagi.',
  'unusable-payload-type':
    '{track}: server menerima format yang tidak disepakati. Akhiri kelas, lalu mulai lagi.',
  'unusable-malformed':
    '{track}: server tidak dapat membaca kiriman peramban ini. Pilih format gambar lain.',
  'unusable-too-long':
    '{track}: peramban ini mengirim paket yang terlalu besar bagi server. Pilih format gambar lain.',
  'unusable-unopened':
    '{track}: server tidak dapat mendekripsi kiriman peramban ini. Akhiri kelas, lalu mulai lagi.',
  'unusable-no-keyframe':
    '{track}: murid belum dapat melihatnya, karena tidak pernah dimulai ulang. Matikan lalu nyalakan.',

  students: 'Murid',
  studentsNone: 'Belum ada murid. Kirim tautan di bawah ini.',
  rungAudio: 'suara saja',
  rungVideo: 'gambar',
  rungNone: 'tidak ada',
  troubleSound: 'saat ini tanpa suara: {n}',
  troublePicture: 'saat ini tanpa gambar: {n}',
  troubleCodec: 'di antaranya peramban yang tidak mengenal formatnya: {n} (VP8 cocok untuk semua)',

  sending: 'Yang Anda kirim',
  sendingNone: 'Belum ada: kelas belum dimulai.',
  sound: 'Suara',
  screen: 'Layar',
  roundTrip: 'Pulang pergi {rtt}, hilang di jalan {loss}',
  rests: 'diistirahatkan: tidak ada murid yang menerimanya sekarang',
  'limited-none': 'kualitas penuh',
  'limited-bandwidth': 'ditahan oleh unggahan Anda',
  'limited-cpu': 'ditahan oleh komputer ini',
  'limited-other': 'ditahan',
  perSecond: '{n} gambar/dtk',
  starting: 'sedang mulai',

  link: 'Tautan untuk murid',
  copy: 'Salin',
  copied: 'Tersalin',
} as const;

export const kTeachWords = { en, id } satisfies Bilingual<typeof en, typeof id>;
