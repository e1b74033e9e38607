// The teacher's microphone, camera and screen: opening them, and saying in which way it failed.
// Whatever fails, the class can be taught with what is left.

export type DeviceKind = 'microphone' | 'camera';
export type DeviceFault = 'denied' | 'missing' | 'busy' | 'insecure' | 'failed';

export type Opened = { track: MediaStreamTrack } | { fault: DeviceFault };

export interface DeviceChoice {
  id: string;
  label: string; // empty until permission was given
}

const kMicrophone: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};
const kCamera: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30, max: 30 },
};
const kScreen: DisplayMediaStreamOptions = {
  video: { width: { max: 1920 }, height: { max: 1080 }, frameRate: { max: 15 } },
  audio: false,
};

function faultOf(error: unknown): DeviceFault {
  switch (error instanceof DOMException ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'failed';
  }
}

// `id`: a device chosen earlier; when it is gone any other is taken.
function constraintsOf(kind: DeviceKind, id: string | null): MediaTrackConstraints {
  const base = kind === 'microphone' ? kMicrophone : kCamera;
  return id === null ? base : { ...base, deviceId: { ideal: id } };
}

function trackOf(stream: MediaStream, kind: DeviceKind): Opened {
  const tracks = kind === 'microphone' ? stream.getAudioTracks() : stream.getVideoTracks();
  return tracks[0] === undefined ? { fault: 'missing' } : { track: tracks[0] };
}

export async function openDevice(kind: DeviceKind, id: string | null): Promise<Opened> {
  if (!navigator.mediaDevices) return { fault: 'insecure' };
  const name = kind === 'microphone' ? 'audio' : 'video';
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ [name]: constraintsOf(kind, id) });
    return trackOf(stream, kind);
  } catch (error) {
    return { fault: faultOf(error) };
  }
}

// Both with one question to the teacher; one alone where the other is missing or refused.
export async function openBoth(
  ids: Record<DeviceKind, string | null>,
): Promise<Record<DeviceKind, Opened>> {
  if (!navigator.mediaDevices) {
    return { microphone: { fault: 'insecure' }, camera: { fault: 'insecure' } };
  }
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: constraintsOf('microphone', ids.microphone),
      video: constraintsOf('camera', ids.camera),
    });
    return { microphone: trackOf(stream, 'microphone'), camera: trackOf(stream, 'camera') };
  } catch {
    const microphone = await openDevice('microphone', ids.microphone);
    return { microphone, camera: await openDevice('camera', ids.camera) };
  }
}

export const canShareScreen = typeof navigator.mediaDevices?.getDisplayMedia === 'function';

export async function openScreen(): Promise<Opened> {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia(kScreen);
    const opened = trackOf(stream, 'camera');
    // Letters before motion: the browser keeps the size and lowers the rate.
    if ('track' in opened && 'contentHint' in opened.track) opened.track.contentHint = 'detail';
    return opened;
  } catch (error) {
    return { fault: faultOf(error) };
  }
}

export async function listDevices(kind: DeviceKind): Promise<DeviceChoice[]> {
  const wanted = kind === 'microphone' ? 'audioinput' : 'videoinput';
  const all = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
  return all
    .filter((device) => device.kind === wanted && device.deviceId !== '')
    .map((device) => ({ id: device.deviceId, label: device.label }));
}
