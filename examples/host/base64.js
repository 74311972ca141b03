// Base64 of text that may hold any character: btoa alone stops at U+00FF.

/** @param {string} text @returns {string} base64 of its UTF-8 bytes */
export function encodeText(text) {
  return encodeBytes(new TextEncoder().encode(text));
}

/** @param {string} b64 @returns {string} the UTF-8 text it holds */
export function decodeText(b64) {
  return new TextDecoder().decode(decodeBytes(b64));
}

/** @param {Uint8Array} bytes @returns {string} */
export function encodeBytes(bytes) {
  // In slices, because a call takes only so many arguments.
  const slice = 0x8000;
  let binary = "";
  for (let at = 0; at < bytes.length; at += slice) {
    binary += String.fromCharCode(...bytes.subarray(at, at + slice));
  }
  return btoa(binary);
}

/** @param {string} b64 @returns {Uint8Array} @throws {DOMException} when it is not base64 */
export function decodeBytes(b64) {
  return Uint8Array.from(atob(b64), (char) => char.charCodeAt(0));
}
