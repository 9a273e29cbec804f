/**
 * Many who want to know the same thing read it together, and nobody is told what was read before they asked: a reading
 * that has begun is not joined; the one after it is. So a thousand requests at once cost the table a few readings, and
 * each has one of its own time.
 */
export function makeSharedReading<Value>(): (key: string, read: () => Promise<Value>) => Promise<Value> {
  const latest = new Map<string, { begun: boolean; readonly reading: Promise<Value> }>();

  return (key, read) => {
    const before = latest.get(key);
    if (before?.begun === false) return before.reading;
    const begin = () => {
      next.begun = true;
      return read();
    };
    const turn = before?.reading ?? Promise.resolve();
    const next = {
      begun: false,
      reading: turn.then(begin, begin).finally(() => latest.get(key) === next && latest.delete(key)),
    };
    latest.set(key, next);
    return next.reading;
  };
}
