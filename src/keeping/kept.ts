/**
 * Values kept in memory until a moment, the latest of them up to a number. Who asks for one that is being made waits
 * for it and gets the same; a failure is told to all who wait, and not kept.
 */
export class Kept<Value> {
  readonly #values = new Map<string, { readonly value: Value; readonly until: number }>();
  readonly #making = new Map<string, Promise<Value>>();
  readonly #now: () => number;
  readonly #most: number;

  constructor(now: () => number, most: number) {
    this.#now = now;
    this.#most = most;
  }

  get(key: string): Value | null {
    const kept = this.#values.get(key);
    return kept !== undefined && kept.until > this.#now() ? kept.value : null;
  }

  keep(key: string, value: Value, until: number): void {
    // What is over goes at once, so that no credential lies in memory for longer than it is of use.
    for (const [other, { until: end }] of this.#values) if (end <= this.#now()) this.#values.delete(other);
    this.#values.delete(key);
    if (until > this.#now()) this.#values.set(key, { value, until });
    const [oldest] = this.#values.keys();
    if (this.#values.size > this.#most && oldest !== undefined) this.#values.delete(oldest);
  }

  /** Makes a value and keeps it, once for all who ask for it meanwhile. `until` says for how long it is good. */
  make(key: string, make: () => Promise<Value>, until: (value: Value) => number): Promise<Value> {
    const others = this.#making.get(key);
    if (others !== undefined) return others;
    const making = make()
      .then((value) => {
        this.keep(key, value, until(value));
        return value;
      })
      .finally(() => this.#making.delete(key));
    this.#making.set(key, making);
    return making;
  }
}
