// Steps out of Gradio's style reset, which outranks any single class of ours; theme.css brings its own.

const VERSIONED = /^gradio-container-\d/;

/** Take the reset's class off Gradio's frame; call it once the page is drawn. */
export function leaveReset() {
  for (const frame of document.querySelectorAll(".gradio-container")) {
    frame.classList.remove(...[...frame.classList].filter((name) => VERSIONED.test(name)));
  }
}
