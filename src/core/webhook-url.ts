import { Problem } from './problem.js';

/** What is wrong with an address as a webhook's; null where nothing is, as far as its text shows. */
export function faultOfWebhookUrl(
  text: string,
  { development, isReachable }: WebhookUrlRules,
): string | null {
  if (!URL.canParse(text)) return 'has to be an address, as https://example.com/hooks';
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(development && url.protocol === 'http:')) return 'has to be https';
  if (url.username !== '' || url.password !== '')
    return 'must not hold a user or a password: the signature says who sends';
  if (url.hash !== '') return 'must not hold a fragment, which is never sent';
  return isReachable(url.hostname) ? null : 'has to be on the public internet';
}

export interface WebhookUrlRules {
  /** Whether plain http and loopback are taken. */
  readonly development: boolean;
  /** Whether a host is none that is known to be inside; names are judged when they are resolved. */
  readonly isReachable: (host: string) => boolean;
}

/** Throws `request-invalid` with what is wrong. */
export function requireWebhookUrl(text: string, rules: WebhookUrlRules): void {
  const message = faultOfWebhookUrl(text, rules);
  if (message !== null) throw new Problem('request-invalid', `url ${message}.`, [{ field: 'url', message }]);
}
