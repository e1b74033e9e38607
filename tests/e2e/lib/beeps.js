// Put into pages under test. A microphone that beeps once a second, and an ear that notes when.
(() => {
  const kBeepMs = 40;
  const kLoud = 0.05;
  const kQuietMs = 300; // between two beeps
  const wall = () => performance.timeOrigin + performance.now();

  // A track that beeps: 1 kHz, from an oscillator that a gain lets through.
  function microphone() {
    const context = new AudioContext({ sampleRate: 48_000 });
    const tone = new OscillatorNode(context, { frequency: 1000 });
    const gate = new GainNode(context, { gain: 0 });
    const out = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    tone.connect(gate).connect(out);
    tone.start();
    setInterval(() => {
      const at = context.currentTime + 0.05;
      gate.gain.setValueAtTime(0.5, at);
      gate.gain.setValueAtTime(0, at + kBeepMs / 1000);
    }, 1000);
    return out.stream.getAudioTracks()[0];
  }

  // Calls `heard` with the wall time of each onset.
  function onsets(heard) {
    let last = 0;
    return (samples, rate, endsAt) => {
      const found = samples.findIndex((sample) => Math.abs(sample) > kLoud);
      if (found < 0) return;
      const at = endsAt - (1000 * (samples.length - found)) / rate;
      if (at - last > kQuietMs) heard(at);
      last = endsAt;
    };
  }

  // Chromium: straight from the decoder. Elsewhere through WebAudio, which adds its own buffer.
  async function listen(track, heard) {
    const take = onsets(heard);
    if (window.MediaStreamTrackProcessor && navigator.userAgent.includes('Chrome')) {
      const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        const endsAt = wall();
        const samples = new Float32Array(value.numberOfFrames);
        value.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
        take(samples, value.sampleRate, endsAt);
        value.close();
      }
    }
    // (No worklet: the pages' CSP has no place for its script.)
    const context = new AudioContext(); // of the device's rate: another would be another graph
    const ear = new AnalyserNode(context, { fftSize: 2048 });
    new MediaStreamAudioSourceNode(context, { mediaStream: new MediaStream([track]) }).connect(ear);
    const samples = new Float32Array(ear.fftSize);
    setInterval(() => {
      ear.getFloatTimeDomainData(samples); // the newest 43 ms
      take(samples, context.sampleRate, wall());
    }, 5);
    window.beeps.context = context; // or it is collected
    await context.resume();
  }

  window.beeps = { microphone, listen, noted: [] };
})();
