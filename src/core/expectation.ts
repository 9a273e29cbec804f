/**
 * Looks at a thing that is about to be changed, and throws `precondition-failed` where whoever asks expects another.
 * It is asked at each reading that a change rests on, so that nothing comes between the look and the change.
 */
export type Expectation<Things extends readonly unknown[]> = (...things: Things) => void;

/** Takes a thing as it stands. */
export function expectsNothing(): void {}
