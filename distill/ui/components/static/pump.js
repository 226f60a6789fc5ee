// Decodes latents as fast as the server answers: one request in flight, the newest wins.

/**
 * Make a pump.
 * @param {function(any): Promise<any>} send asks the server for one job
 * @param {{done: function(any, any): void, failed: function(Error, any): void}} handlers called with (answer, job)
 * @returns {{request: function(any): void, cancel: function(): void, busy: function(): boolean}}
 */
export function createPump(send, { done, failed }) {
  let flying = null;
  let next = null;

  function request(job) {
    if (flying) next = job;
    else fly(job);
  }

  async function fly(job) {
    flying = job;
    try {
      const answer = await send(job);
      if (!job.cancelled) done(answer, job);
    } catch (error) {
      if (!job.cancelled) failed(error, job);
    }
    flying = null;
    const waiting = next;
    next = null;
    if (waiting) fly(waiting);
  }

  function cancel() {
    if (flying) flying.cancelled = true;
    next = null;
  }

  return { request, cancel, busy: () => flying !== null };
}
