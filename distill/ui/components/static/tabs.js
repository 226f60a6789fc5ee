// Tabs with one tab stop, as the ARIA practices describe them.

import { h } from "./dom.js";

/**
 * Make tabs and the panels they show.
 * @param {string} label of the whole
 * @param {{name: string, element: HTMLElement}[]} pages
 * @param {function(number): void} chosen told of every change
 * @returns {{list: HTMLElement, panels: HTMLElement[], choose: function(number): void}}
 */
export function makeTabs(label, pages, chosen) {
  const prefix = label.toLowerCase().replaceAll(" ", "-");
  const tabs = pages.map(({ name }, i) =>
    h(
      "button",
      {
        type: "button",
        role: "tab",
        class: "d-segment",
        id: `${prefix}-tab-${i}`,
        "aria-controls": `${prefix}-page-${i}`,
        onclick: () => choose(i),
      },
      name,
    ),
  );
  const panels = pages.map(({ element }, i) =>
    h(
      "div",
      {
        role: "tabpanel",
        class: "d-tab-page",
        id: `${prefix}-page-${i}`,
        "aria-labelledby": `${prefix}-tab-${i}`,
      },
      element,
    ),
  );
  const list = h(
    "div",
    { class: "d-segments", role: "tablist", "aria-label": label, onkeydown: (event) => step(event) },
    ...tabs,
  );

  function choose(index) {
    tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", String(i === index));
      tab.tabIndex = i === index ? 0 : -1;
      panels[i].hidden = i !== index;
    });
    chosen(index);
  }

  function step(event) {
    const now = tabs.indexOf(event.target);
    const last = tabs.length - 1;
    const next = {
      ArrowRight: now === last ? 0 : now + 1,
      ArrowLeft: now === 0 ? last : now - 1,
      Home: 0,
      End: last,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    choose(next);
    tabs[next].focus();
  }

  return { list, panels, choose };
}
