// The teacher page's words.

const en = {
  title: 'Teach {class} · Lectern',
  language: 'Indonesia',

  lobby: 'Not started',
  connecting: 'Connecting …',
  live: 'Live',
  reconnecting: 'Reconnecting …',
  offline: 'No internet',
  full: 'Server is full',
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
  'refused-tokenText':
    'This link was used already or has expired. Ask for a new one, or make one with “lectern token”.',
  'refused-forbiddenText': 'Your link does not allow teaching this class.',
  'refused-conflictText':
    'Another teacher is live in this class. Wait until that class ends, then try again.',
  'refused-replacedText':
    'You have started this class in another window or on another device. Teaching goes on there.',
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
    'No microphone found. Plug one in, then press Microphone. Until then students only see you.',
  'microphone-busy': 'Another program holds the microphone. Close it, then press Microphone.',
  'microphone-insecure':
    'Browsers give the microphone to https pages only. Open this page by https or on localhost.',
  'microphone-failed':
    'The microphone does not start. Choose another one, or press Microphone to try again.',
  'camera-denied':
    'The camera is blocked. Allow it at the lock in the address bar, then press Camera.',
  'camera-missing': 'No camera found. You can teach with sound and a shared screen.',
  'camera-busy': 'Another program holds the camera. Close it, then press Camera.',
  'camera-insecure':
    'Browsers give the camera to https pages only. Open this page by https or on localhost.',
  'camera-failed': 'The camera does not start. Choose another one, or press Camera to try again.',
  'screen-missing': 'This browser cannot share a screen. Use one on a computer.',

  students: 'Students',
  studentsNone: 'Nobody is here yet. Send the link below.',
  rungAudio: 'sound only',
  rungVideo: 'picture',
  rungNone: 'nothing',
  troubleSound: 'without sound now: {n}',
  troublePicture: 'without picture now: {n}',

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

  link: 'Link for students',
  copy: 'Copy',
  copied: 'Copied',
};

export type TeachWord = keyof typeof en;

const id: Record<TeachWord, string> = {
  title: 'Mengajar {class} · Lectern',
  language: 'English',

  lobby: 'Belum dimulai',
  connecting: 'Menghubungkan …',
  live: 'Langsung',
  reconnecting: 'Menyambung kembali …',
  offline: 'Tidak ada internet',
  full: 'Server penuh',
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
  'refused-tokenText':
    'Tautan ini sudah dipakai atau kedaluwarsa. Minta yang baru, atau buat dengan “lectern token”.',
  'refused-forbiddenText': 'Tautan Anda tidak mengizinkan mengajar kelas ini.',
  'refused-conflictText':
    'Guru lain sedang mengajar di kelas ini. Tunggu sampai selesai, lalu coba lagi.',
  'refused-replacedText':
    'Anda memulai kelas ini di jendela atau perangkat lain. Kelas berlanjut di sana.',
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
    'Mikrofon tidak ditemukan. Pasang, lalu tekan Mikrofon. Sampai saat itu murid hanya melihat Anda.',
  'microphone-busy': 'Mikrofon dipakai program lain. Tutup program itu, lalu tekan Mikrofon.',
  'microphone-insecure':
    'Peramban hanya memberi mikrofon kepada halaman https. Buka halaman ini lewat https atau di localhost.',
  'microphone-failed':
    'Mikrofon tidak mau menyala. Pilih yang lain, atau tekan Mikrofon untuk mencoba lagi.',
  'camera-denied': 'Kamera diblokir. Izinkan lewat gembok di bilah alamat, lalu tekan Kamera.',
  'camera-missing':
    'Kamera tidak ditemukan. Anda dapat mengajar dengan suara dan layar yang dibagikan.',
  'camera-busy': 'Kamera dipakai program lain. Tutup program itu, lalu tekan Kamera.',
  'camera-insecure':
    'Peramban hanya memberi kamera kepada halaman https. Buka halaman ini lewat https atau di localhost.',
  'camera-failed':
    'Kamera tidak mau menyala. Pilih yang lain, atau tekan Kamera untuk mencoba lagi.',
  'screen-missing': 'Peramban ini tidak dapat membagikan layar. Pakai peramban di komputer.',

  students: 'Murid',
  studentsNone: 'Belum ada murid. Kirim tautan di bawah ini.',
  rungAudio: 'suara saja',
  rungVideo: 'gambar',
  rungNone: 'tidak ada',
  troubleSound: 'saat ini tanpa suara: {n}',
  troublePicture: 'saat ini tanpa gambar: {n}',

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

  link: 'Tautan untuk murid',
  copy: 'Salin',
  copied: 'Tersalin',
};

export const kTeachWords = { en, id };
