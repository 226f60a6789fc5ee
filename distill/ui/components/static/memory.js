// What the browser remembers between visits. Storage may be blocked: then nothing is remembered.

/**
 * Read a remembered value.
 * @param {string} key
 * @param {any} fallback
 * @param {Storage} [storage] defaults to localStorage
 * @returns {any}
 */
export function recall(key, fallback, storage) {
  try {
    const text = (storage ?? window.localStorage).getItem(`distill.${key}`);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback;
  }
}

/**
 * Remember a value; silently does nothing where storage is blocked.
 * @param {string} key
 * @param {any} value
 * @param {Storage} [storage] defaults to localStorage
 */
export function remember(key, value, storage) {
  try {
    (storage ?? window.localStorage).setItem(`distill.${key}`, JSON.stringify(value));
  } catch {
    // blocked by the browser: the setting lasts until the page closes
  }
}

/** The storage of this tab, or undefined where the browser blocks it. */
export function tabStorage() {
  try {
    return window.sessionStorage;
  } catch {
    return undefined;
  }
}
