/**
 * An environment in which a process's wall clock runs ahead by so many milliseconds (or behind): `Date.now()` and
 * `new Date()`, with them the AWS SDK's signatures. Stopwatches and timers run as ever, as on a machine whose
 * clock is set wrong.
 */
export function skewedClock(milliseconds: number): NodeJS.ProcessEnv {
  const preload = `
    const Real = Date;
    globalThis.Date = class Date extends Real {
      constructor(...given) {
        if (given.length === 0) super(Real.now() + ${milliseconds});
        else super(...given);
      }
      static now() {
        return Real.now() + ${milliseconds};
      }
    };`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}` };
}
