// One-sentence messages. Takes text, never markup.

const SECONDS = { info: 5, error: 9 };

/**
 * Make the function that shows messages, newest at the bottom.
 * @returns {function(string, {kind?: "info"|"error", action?: {label: string, run: function}, sticky?: boolean}=): function(): void}
 *   announce(text, options) -> function that takes the message away
 */
export function createAnnouncer() {
  const polite = region("status", "polite");
  const urgent = region("alert", "assertive");

  return function announce(text, { kind = "info", action, sticky = false } = {}) {
    const toast = document.createElement("div");
    toast.className = `d-toast d-toast-${kind}`;
    toast.append(sentence(text));
    const close = () => toast.remove();
    if (action) toast.append(button(action.label, () => (close(), action.run())));
    toast.append(button("Dismiss", close, "d-toast-close"));
    (kind === "error" ? urgent : polite).append(toast);
    if (!sticky) setTimeout(close, SECONDS[kind] * 1000 * (action ? 2 : 1));
    return close;
  };
}

function region(role, live) {
  const element = document.createElement("div");
  element.className = "d-toasts";
  element.setAttribute("role", role);
  element.setAttribute("aria-live", live);
  toastHome().append(element);
  return element;
}

function toastHome() {
  const existing = document.querySelector(".d-toast-home");
  if (existing) return existing;
  const home = document.createElement("div");
  home.className = "d-toast-home";
  document.body.append(home);
  return home;
}

function sentence(text) {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}

function button(label, run, className = "") {
  const element = document.createElement("button");
  element.type = "button";
  element.className = `d-button ${className}`;
  element.textContent = label;
  element.addEventListener("click", run);
  return element;
}
