// What a browser's offer cannot be made to say by its API, written into its text.

// Browsers can ask for lost sound again (NACK, RFC 4585), yet offer it for pictures only.
export function withSoundRepair(sdp: string): string {
  return sdp.replace(
    /^(a=rtpmap:(\d+) opus\/48000\/2\r?\n)/im,
    (line: string, _: string, payloadType: string) => `${line}a=rtcp-fb:${payloadType} nack\r\n`,
  );
}

// Chromium takes AES-CM whenever the server offers it, which costs the server five times what GCM
// does. So the offer may ask for GCM alone [P52].
export function withGcmAlone(sdp: string): string {
  return sdp.replace(/^m=/m, 'a=x-lectern-srtp:gcm\r\nm=');
}

// Firefox leaves attributes of codecs behind that setCodecPreferences took out of the m-line; strict
// readers (libwebrtc) refuse an offer with them. Feedback that the server never uses (it asks for
// keyframes by PLI and estimates by transport-cc) would be bytes for nothing.
export function withoutStrays(sdp: string): string {
  let offered: string[] | null = null;
  const isKept = (line: string) => {
    if (line.startsWith('m=')) offered = line.trim().split(' ').slice(3);
    const [, payloadType] = /^a=(?:rtcp-fb|fmtp|rtpmap):(\d+) /.exec(line) ?? [];
    if (/^a=rtcp-fb:\d+ (goog-remb|ccm fir)/.test(line)) return false;
    return payloadType === undefined || offered === null || offered.includes(payloadType);
  };
  return sdp
    .split(/^(?=.)/m)
    .filter(isKept)
    .join('');
}
