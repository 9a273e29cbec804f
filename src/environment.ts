import { ConfigError } from './config-error.js';

/** The environment as it is before it is read. An empty variable is one that is not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One of the choices; the first where the variable is not set. */
export function readChoice<Choice extends string>(
  env: Environment,
  name: string,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  const value = env[name] || choices[0];
  const choice = choices.find((one) => one === value);
  if (choice === undefined) throw new ConfigError(name, `has to be one of ${choices.join(', ')}`, choices[0]);
  return choice;
}

/** A whole number within bounds. */
export function readNumber(
  env: Environment,
  name: string,
  otherwise: number,
  [least, most]: readonly [number, number],
): number {
  const text = env[name] || String(otherwise);
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= least && value <= most) return value;
  throw new ConfigError(name, `has to be a number from ${least} to ${most}`, String(otherwise));
}

/** The values between commas, without the blanks around them. */
export function readList(env: Environment, name: string): readonly string[] {
  const values = (env[name] || '').split(',').map((value) => value.trim());
  return values.filter((value) => value !== '');
}

/** A plain http or https address without credentials, query and fragment; null where it is none. */
export function parseBaseUrl(text: string): URL | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) return null;
  // Also an empty query or fragment, which URL does not tell from none.
  return url.username === '' && url.password === '' && !/[?#]/.test(text) ? url : null;
}

export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** The address without slashes at its end. */
export function trimmed(url: URL): string {
  return url.href.replace(/\/+$/, '');
}
