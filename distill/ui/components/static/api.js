// Requests to the live routes: session token, retries, and a sentence when something fails.

import { recall, remember, tabStorage } from "./memory.js";

const TOKEN_HEADER = "x-distill-session";
const POLL_MS = 800;
const BUSY_TRIES = 6;
const SESSION_GONE = 410;
const BUSY = 503;

/** A failure whose message is fit for a user. */
export class RequestError extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

/**
 * Make the client of the live routes.
 * @param {function(string, any): void} emit gets "connection" {online} and "session" {renewed}
 * @returns {{api: function, renew: function(): Promise<void>, session: function(): ?string}}
 */
export function createClient(emit) {
  let token = recall("token", null, tabStorage());
  let renewing = null;
  let waiting = null; // the promise that the connection is back

  async function renew() {
    renewing ??= openSession().finally(() => (renewing = null));
    return renewing;
  }

  async function openSession() {
    const renewed = token !== null;
    const answer = await sendUntilReached("live/session", { method: "POST" });
    if (!answer.ok) throw await failure(answer);
    token = (await answer.json()).token;
    remember("token", token, tabStorage());
    emit("session", { renewed });
  }

  function connectionBack() {
    waiting ??= pollServer().finally(() => (waiting = null));
    return waiting;
  }

  async function pollServer() {
    emit("connection", { online: false });
    for (;;) {
      await pause(POLL_MS);
      const answer = await fetch(url("live/health"), { cache: "no-store" }).catch(() => null);
      if (answer?.ok) break;
    }
    emit("connection", { online: true });
  }

  async function sendUntilReached(path, options) {
    for (;;) {
      try {
        return await fetch(url(path), { cache: "no-store", ...options });
      } catch (error) {
        if (options.signal?.aborted) throw error;
        await connectionBack();
      }
    }
  }

  async function sendPatiently(path, options) {
    for (let attempt = 1; ; attempt++) {
      const headers = { ...options.headers, ...(token && { [TOKEN_HEADER]: token }) };
      const answer = await sendUntilReached(path, { ...options, headers });
      if (answer.status !== BUSY || attempt === BUSY_TRIES) return answer;
      await pause(100 * 2 ** attempt);
    }
  }

  /**
   * Ask the server, whatever it takes: waits out a lost connection, opens a new session when the
   * old one is gone.
   * @param {string} path relative to the page, such as "live/model"
   * @param {{method?: string, body?: any, headers?: object, as?: "json"|"buffer"|"response", signal?: AbortSignal}} [options]
   * @returns {Promise<any>}
   * @throws {RequestError} with the server's sentence
   */
  async function api(path, { as = "json", ...options } = {}) {
    if (token === null) await renew();
    let answer = await sendPatiently(path, options);
    if (answer.status === SESSION_GONE) {
      await renew();
      answer = await sendPatiently(path, options);
    }
    if (!answer.ok) throw await failure(answer);
    if (as === "response") return answer;
    return as === "buffer" ? answer.arrayBuffer() : answer.json();
  }

  return { api, renew, session: () => token };
}

function url(path) {
  return new URL(path, document.baseURI);
}

function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}

async function failure(answer) {
  const detail = await answer.json().catch(() => null);
  const sentence = detail?.error ?? fallbackSentence(answer.status);
  return new RequestError(String(sentence), answer.status);
}

function fallbackSentence(status) {
  if (status === 401) return "You are logged out; reload the page to log in again.";
  if (status === 413) return "That is larger than the server accepts.";
  if (status === BUSY) return "The server is busy with other sounds; try again in a moment.";
  return `The server could not do that (error ${status}); try again.`;
}
