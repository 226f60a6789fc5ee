// Draws the points with Plotly's scattergl. Knows no gestures: it follows a MapView.
//
// While the view moves, the drawing is moved and scaled as a picture (the compositor's work, cheap
// for any number of points); it is drawn anew when the view rests, or at once where that is fast.

const OVERSCAN = 0.12; // drawn beyond the window on every side, so that a pan shows points at once
const SETTLE_MS = 150;
const FAST_MS = 55; // a redraw quicker than this may happen during a gesture

const CONFIG = { staticPlot: true, responsive: false, displayModeBar: false, doubleClick: false };

/** The points of the map, drawn. */
export class MapPlot {
  /**
   * @param {HTMLElement} place gets the drawing
   * @param {object} plotly the Plotly library
   */
  constructor(place, plotly) {
    this.host = document.createElement("div");
    this.host.className = "d-map-plot";
    place.append(this.host);
    this.plotly = plotly;
    this.drawn = null; // the view as last drawn
    this.cost = Infinity; // milliseconds that the last redraw took to reach the screen
    this.timer = 0;
    this.drawing = false;
    this.host.style.inset = `${-OVERSCAN * 100}%`;
  }

  /**
   * Draw groups of points anew.
   * @param {import("./map_points.js").MapPoints} points
   * @param {import("./map_colours.js").PointGroup[]} groups
   * @param {import("./map_view.js").MapView} view
   */
  async draw(points, groups, view) {
    const traces = groups.map((group) => traceOf(points, group));
    await this.plotly.react(this.host, traces, layoutFor(view), CONFIG);
    this.drawn = { ...view };
    this.follow(view);
  }

  /** Show the drawing as the view has it now. */
  follow(view) {
    if (!this.drawn) return;
    this.place(view);
    const quick = this.cost < FAST_MS && !this.drawing;
    clearTimeout(this.timer);
    if (view.same(this.drawn)) return;
    if (quick) this.redraw(view);
    else this.timer = setTimeout(() => this.redraw(view), SETTLE_MS);
  }

  place(view) {
    this.host.style.transform = view.transformOf(this.drawn);
  }

  async redraw(view) {
    const started = performance.now();
    this.drawing = true;
    const target = { ...view };
    await this.plotly.relayout(this.host, changesFor(view, this.drawn));
    this.drawn = target;
    this.place(view);
    await nextFrames(2);
    this.cost = performance.now() - started;
    this.drawing = false;
    this.follow(view);
  }
}

function traceOf(points, { color, size, opacity, ring, indices }) {
  return {
    type: "scattergl",
    mode: "markers",
    x: Float32Array.from(indices, (i) => points.x[i]),
    y: Float32Array.from(indices, (i) => points.y[i]),
    hoverinfo: "skip",
    marker: { color, size, opacity, line: { color: ring ?? color, width: ring ? 2 : 0 } },
  };
}

function layoutFor(view) {
  const { x, y } = view.ranges(OVERSCAN);
  const axis = { visible: false, fixedrange: true, autorange: false };
  return {
    ...sizeOf(view),
    margin: { l: 0, r: 0, t: 0, b: 0, pad: 0 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    showlegend: false,
    hovermode: false,
    xaxis: { ...axis, range: x },
    yaxis: { ...axis, range: y },
  };
}

/** New ranges alone only move the points; a new size makes Plotly build the drawing again. */
function changesFor(view, drawn) {
  const { x, y } = view.ranges(OVERSCAN);
  const resized = view.width !== drawn.width || view.height !== drawn.height;
  return { ...(resized && sizeOf(view)), "xaxis.range": x, "yaxis.range": y };
}

function sizeOf(view) {
  const grown = 1 + 2 * OVERSCAN;
  return { width: Math.round(view.width * grown), height: Math.round(view.height * grown) };
}

async function nextFrames(count) {
  for (let i = 0; i < count; i++) await new Promise((done) => requestAnimationFrame(done));
}
