// Loads Plotly at a moment when nobody touches the page: reading a library of its size takes the
// browser half a second or more, in which no gesture is answered.

const REST_MS = 1000;
const TOUCHES = ["pointerdown", "pointermove", "keydown", "wheel"];

/**
 * Load Plotly once the page rests.
 * @returns {Promise<object>} the library, at another moment of rest
 */
export async function plotlyAtRest() {
  await rest();
  const plotly = await load();
  await rest();
  return plotly;
}

function load() {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  return new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = new URL("./plotly.min.js", import.meta.url);
    script.onload = () => done(window.Plotly);
    script.onerror = () => failed(new Error("Plotly could not be loaded."));
    document.head.append(script);
  });
}

function rest() {
  return new Promise((done) => {
    let timer = setTimeout(finish, REST_MS);
    const wait = () => {
      clearTimeout(timer);
      timer = setTimeout(finish, REST_MS);
    };
    for (const touch of TOUCHES) window.addEventListener(touch, wait, { capture: true, passive: true });

    function finish() {
      for (const touch of TOUCHES) window.removeEventListener(touch, wait, { capture: true });
      done();
    }
  });
}
