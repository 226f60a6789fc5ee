// Brings component modules and their elements together, whichever arrives first.

/**
 * Make the registry of components.
 * @returns {{component: function(string, function): void, mount: function(string, Element, object): void}}
 */
export function createRegistry() {
  const builders = new Map();
  const waiting = new Map();

  function component(name, build) {
    builders.set(name, build);
    for (const [element, props] of waiting.get(name) ?? []) build(element, props);
    waiting.delete(name);
  }

  function mount(name, element, props) {
    const build = builders.get(name);
    if (build) build(element, props);
    else waiting.set(name, [...(waiting.get(name) ?? []), [element, props]]);
  }

  return { component, mount };
}

/**
 * Mount what asked to be mounted before this module was loaded, and everything after it.
 * @param {function(string, Element, object): void} mount
 */
export function drainQueue(mount) {
  const early = window.distillQueue ?? [];
  window.distillQueue = { push: (entry) => mount(...entry) };
  early.forEach((entry) => mount(...entry));
}
