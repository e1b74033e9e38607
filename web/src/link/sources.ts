// What of a class is switched on.

export interface Sources {
  camera: boolean;
  microphone: boolean;
  screen: boolean;
}

export const kNothing: Sources = { camera: false, microphone: false, screen: false };

export function isAnythingOn(sources: Sources): boolean {
  return sources.camera || sources.microphone || sources.screen;
}
