// Undo and redo of everything audible. Knows snapshots, not what is in them.

const DEPTH = 200;

/**
 * Make a history.
 * @param {function({undo: boolean, redo: boolean}): void} changed called when the ends are reached or left
 * @returns {{push: function(any): void, undo: function(): any, redo: function(): any}}
 *   undo and redo return the snapshot to go to, or null at the end
 */
export function createHistory(changed) {
  let past = [];
  let future = [];

  const tell = () => changed({ undo: past.length > 1, redo: future.length > 0 });

  function push(snapshot) {
    past = [...past.slice(-DEPTH), snapshot];
    future = [];
    tell();
  }

  function undo() {
    if (past.length < 2) return null;
    future.push(past.pop());
    tell();
    return past.at(-1);
  }

  function redo() {
    if (!future.length) return null;
    past.push(future.pop());
    tell();
    return past.at(-1);
  }

  return { push, undo, redo, current: () => past.at(-1) ?? null };
}
