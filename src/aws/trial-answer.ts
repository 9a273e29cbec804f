import type { Permissions } from '../core/verdict.js';

/** A service's answer to a call that tries an action. */
export interface TrialAnswer {
  readonly status: number;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * What an answer says about the permission: AWS's own denial alone denies, and its words say who does. Throttling, a
 * region that is switched off, an expired session say nothing; nor does a VPC endpoint's policy, which is ours.
 * `proof` are the errors that only those hear who have the permission.
 *
 * Where several policies deny, AWS names one of them; some services name none, which counts as missing.
 * Source: IAM User Guide, "Troubleshoot access denied error messages".
 */
export function readTrial(answer: TrialAnswer, proof: readonly string[] = []): keyof Permissions {
  if (answer.status >= 200 && answer.status < 300) return 'granted';
  const { code, message } = errorIn(answer);
  if (proof.includes(code)) return 'granted';
  const by = denyingPolicy(message);
  if (!DENIALS.has(code) || by === 'VPC endpoint policy') return 'unchecked';
  return by !== undefined && FROM_ABOVE.has(by) ? 'denied' : 'missing';
}

/** How services call it that somebody may not. Source: their API references, Common Errors. */
const DENIALS: ReadonlySet<string> = new Set([
  'AccessDenied',
  'AccessDeniedException',
  'AuthorizationError',
  'NotAuthorized',
  'UnauthorizedOperation',
]);

/** What narrows a role from outside, so that its own policies cannot help. */
const FROM_ABOVE: ReadonlySet<string> = new Set([
  'service control policy',
  'resource control policy',
  'permissions boundary',
]);

/** The kind of policy that a denial names: `because no … allows the action`, `with an explicit deny in a …`. */
function denyingPolicy(message: string): string | undefined {
  const named = /\b(?:because no|with an explicit deny in an?) ((?:[\w-]+ ){1,3}?(?:policy|boundary))\b/;
  return named.exec(message)?.[1];
}

/** XML has the code in an element, JSON in a header or a field, there after the name of the service. */
function errorIn({ headers, body }: TrialAnswer): { code: string; message: string } {
  if (body.trimStart().startsWith('<'))
    return {
      code: /<Code>([^<]*)<\/Code>/.exec(body)?.[1] ?? '',
      message: /<Message>([^<]*)<\/Message>/.exec(body)?.[1] ?? '',
    };
  const fields = fieldsOf(body);
  const type = headers['x-amzn-errortype'] ?? text(fields['__type']) ?? text(fields['code']) ?? '';
  const [code = ''] = type.split(':');
  return {
    code: code.slice(code.lastIndexOf('#') + 1),
    message: text(fields['message']) ?? text(fields['Message']) ?? '',
  };
}

function fieldsOf(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
