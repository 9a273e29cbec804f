import type { Change } from '../core/change.js';
import type { Actor, EventType } from '../core/event.js';
import type { Expectation } from '../core/expectation.js';
import { parseWebhookId, type WebhookId } from '../core/id.js';
import { Problem } from '../core/problem.js';
import type { Remember } from '../core/remembered-answer.js';
import { type Webhook, withSecret } from '../core/webhook.js';
import type { WebhookReader } from '../core/webhook-reader.js';
import { webhookSecret } from '../core/webhook-secret.js';
import { requireWebhookUrl } from '../core/webhook-url.js';
import { type DecidePorts, decideAnew } from '../onboarding/decide-anew.js';
import type { MadeWebhook, MakeWebhookPorts } from './make-webhook.js';

export interface ChangeWebhookPorts extends DecidePorts, Pick<MakeWebhookPorts, 'now' | 'draw' | 'urlRules'> {
  readonly webhook: (id: WebhookId) => Promise<Webhook | null>;
  readonly reader: (id: WebhookId) => Promise<WebhookReader | null>;
}

export interface WebhookChanges {
  readonly url?: string;
  readonly events?: readonly EventType[] | null;
  readonly description?: string | null;
  readonly status?: Webhook['status'];
}

/**
 * When the platform changes a webhook, switches it off, or on again: it goes on where it was. Throws `not-found`,
 * `request-invalid` where nothing may be sent to the address, and what `expects` throws.
 */
export async function updateWebhook(
  ports: ChangeWebhookPorts,
  idText: string,
  changes: WebhookChanges,
  actor: Actor,
  expects: Expectation<[Webhook]>,
): Promise<Webhook> {
  if (changes.url !== undefined) requireWebhookUrl(changes.url, ports.urlRules);
  const [written] = await decideAnew(ports, async () => {
    const before = await readWebhook(ports, idText);
    expects(before);
    const at = ports.now();
    const switchedOn = changes.status === 'enabled' && before.status === 'disabled';
    const webhook: Webhook = {
      ...before,
      ...changes,
      updatedAt: at,
      ...(switchedOn && { enabledAt: at, disabledReason: null }),
    };
    return told(webhook, 'webhook.updated', { fields: Object.keys(changes).join(' ') }, { at, actor });
  });
  if (written?.kind !== 'webhook') throw notFound(idText);
  return written;
}

/** When the platform wants another secret: what is sent is signed with both for a day. Throws `not-found`. */
export async function rotateSecret(
  ports: ChangeWebhookPorts,
  idText: string,
  actor: Actor,
  remember: Remember<MadeWebhook>,
): Promise<void> {
  await decideAnew(ports, async () => {
    const at = ports.now();
    const secret = webhookSecret(ports.draw.bytes(32));
    const webhook = withSecret(await readWebhook(ports, idText), secret, at);
    const change = told(webhook, 'webhook.updated', { fields: 'secret' }, { at, actor });
    return { ...change, put: [...change.put, ...remember({ webhook, secret })] };
  });
}

/**
 * When the platform wants no more of it: whoever has it in hand finds its reader gone and ends. What is written of its
 * deliveries is swept away in time. Throws `not-found` and what `expects` throws.
 */
export async function removeWebhook(
  ports: ChangeWebhookPorts,
  idText: string,
  actor: Actor,
  expects: Expectation<[Webhook]>,
): Promise<void> {
  await decideAnew(ports, async () => {
    const webhook = await readWebhook(ports, idText);
    expects(webhook);
    const reader = await ports.reader(webhook.id);
    const { events } = told(webhook, 'webhook.removed', {}, { at: ports.now(), actor });
    return { put: [], remove: reader === null ? [webhook] : [webhook, reader], events };
  });
}

/** Throws `not-found` where there is none, or none any more. */
export async function readWebhook(
  { webhook: read }: Pick<ChangeWebhookPorts, 'webhook'>,
  idText: string,
): Promise<Webhook> {
  const id = parseWebhookId(idText);
  const webhook = id && (await read(id));
  if (webhook === null) throw notFound(idText);
  return webhook;
}

/** An address may hold a secret of the receiver's: events tell its host. */
function told(
  webhook: Webhook,
  type: EventType,
  data: Readonly<Record<string, string>>,
  { at, actor }: { readonly at: number; readonly actor: Actor },
): Change & { readonly events: NonNullable<Change['events']> } {
  const what = { webhookId: webhook.id, host: new URL(webhook.url).host, ...data };
  return { put: [webhook], events: [{ type, at, clientId: null, actor, data: what }] };
}

function notFound(idText: string): Problem {
  return new Problem('not-found', `There is no webhook ${JSON.stringify(idText)}.`);
}
