// What the sandbox has of the web platform and this extension uses. TypeScript's
// own "dom" library would promise far more, for example fetch and timers.

declare class TextDecoder {
  decode(bytes?: Uint8Array): string;
}

declare class TextEncoder {
  encode(text: string): Uint8Array;
}
