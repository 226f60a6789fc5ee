// Dark and light. Dark unless the visitor chose otherwise.

import { recall, remember } from "./memory.js";

/**
 * Apply the remembered theme.
 * @param {function(string): void} changed called with "dark" or "light"
 * @returns {{theme: function(): string, toggle: function(): void, apply: function(): void}}
 */
export function createTheme(changed) {
  let theme = recall("theme", "dark");

  function apply() {
    document.documentElement.classList.toggle("dark", theme === "dark");
    document.body.classList.toggle("dark", theme === "dark");
    document.documentElement.style.colorScheme = theme;
  }

  function toggle() {
    theme = theme === "dark" ? "light" : "dark";
    remember("theme", theme);
    apply();
    changed(theme);
  }

  apply();
  return { theme: () => theme, toggle, apply };
}
