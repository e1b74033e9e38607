// A link that receives a class (WHEP): sound, camera, screen. The screen's place is offered from the
// start, so that a teacher who begins to share needs no new offer of any student.

import type { Environment } from '../base/environment';
import { MediaLink, preferCodecs } from './media_link';
import type { Patience } from './patience';

export class PlayLink extends MediaLink {
  readonly audio = this.receiver('audio');
  readonly camera = this.receiver('video');
  readonly screen = this.receiver('video');

  constructor(patience: Patience, env?: Environment) {
    super(patience, env);
    this.makeOffer();
  }

  private receiver(kind: 'audio' | 'video'): RTCRtpReceiver {
    const transceiver = this.pc.addTransceiver(kind, { direction: 'recvonly' });
    preferCodecs(transceiver, RTCRtpReceiver.getCapabilities?.(kind)?.codecs ?? []);
    return transceiver.receiver;
  }
}
