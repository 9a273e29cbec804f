/** How often each STS operation was called, by outcome: `{AssumeRole: {ok: 1, AccessDenied: 2}}`. */
export class CallCounts {
  readonly #counts: Record<string, Record<string, number>> = {};

  add(action: string, outcome: string): void {
    const outcomes = this.#counts[action] ?? {};
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    this.#counts[action] = outcomes;
  }

  toJSON(): Record<string, Record<string, number>> {
    return this.#counts;
  }
}
