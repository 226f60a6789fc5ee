// Events between the parts of the page. Knows no part by name.

/**
 * Make an event bus.
 * @returns {{on: function(string, function(any): void): function(): void, emit: function(string, any): void}}
 */
export function createBus() {
  const listeners = new Map();

  function on(event, listener) {
    if (!listeners.has(event)) listeners.set(event, new Set());
    listeners.get(event).add(listener);
    return () => listeners.get(event).delete(listener);
  }

  function emit(event, detail) {
    for (const listener of [...(listeners.get(event) ?? [])]) {
      try {
        listener(detail);
      } catch (error) {
        reportError(error); // one broken listener must not silence the others
      }
    }
  }

  return { on, emit };
}
