// Reads an answer of known length piece by piece. Knows neither routes nor files.

/**
 * Read a whole answer, telling how much of it is there.
 * @param {Response} answer with a content-length
 * @param {function(number): void} told gets the share that has arrived, 0 to 1
 * @returns {Promise<Blob>}
 * @throws {Error} when the answer ends early
 */
export async function readWhole(answer, told) {
  const size = Number(answer.headers.get("content-length"));
  const pieces = [];
  let got = 0;
  for (const reader = answer.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    pieces.push(value);
    got += value.length;
    told(size ? got / size : 0);
  }
  if (got < size) throw new Error("The file ended too early; save it again.");
  return new Blob(pieces, { type: answer.headers.get("content-type") });
}
