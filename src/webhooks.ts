import type { Logger } from 'pino';
import type { Adapters } from './adapters.js';
import type { Config } from './config.js';
import type { Attempt, Delivery } from './core/delivery.js';
import type { Actor, FeedEvent } from './core/event.js';
import type { Expectation } from './core/expectation.js';
import type { WebhookId } from './core/id.js';
import type { Remember } from './core/remembered-answer.js';
import type { Webhook } from './core/webhook.js';
import type { Attempted } from './feed/attempt.js';
import { makeWebhooksInHand } from './feed/webhooks-in-hand.js';
import { writeEvent } from './http/representations/event.js';
import { type Cursors, type PageQuery, sliceOf, wholeList } from './lists/cursors.js';
import { makeTellDelivery } from './logs/tell-delivery.js';
import { makePostEvent } from './net/post-event.js';
import { whereaboutsOf } from './net/public-address.js';
import { makeDeliveryQueries } from './store/delivery-item.js';
import type { Database } from './store/dynamodb.js';
import { makeWebhookQueries } from './store/webhook-item.js';
import type { Traces } from './traces/traces.js';
import {
  readWebhook,
  removeWebhook,
  rotateSecret,
  updateWebhook,
  type WebhookChanges,
} from './webhooks/change-webhook.js';
import { type MadeWebhook, makeWebhook, type WebhookWish } from './webhooks/make-webhook.js';
import { redeliver, testWebhook } from './webhooks/send-by-hand.js';

interface Parts {
  readonly config: Config;
  readonly adapters: Adapters;
  readonly database: Database;
  readonly log: Logger;
  readonly traces: Traces;
  readonly cursors: Cursors;
}

export interface DeliveryQuery extends PageQuery {
  readonly status?: 'pending' | 'failed';
}

/** Webhooks put together: what the platform does with them, and the deliveries in this instance's hands. */
export function makeWebhooks({ config, adapters, database, log, traces, cursors }: Parts) {
  const { now, send } = adapters;
  const development = config.simulatorOrigin !== null;
  const { webhook, reader, webhooks } = makeWebhookQueries(database);
  const { delivery, deliveries } = makeDeliveryQueries(database, now);
  const isReachable = (host: string) => {
    // Names of this machine, whatever a resolver says. Source: RFC 6761.
    const where = /(^|\.)localhost\.?$/.test(host) ? 'loopback' : whereaboutsOf(host);
    return where === null || where === 'public' || (development && where === 'loopback');
  };
  const tellDelivery = makeTellDelivery(log);
  const ports = {
    ...adapters,
    ...{ webhook, reader, webhooks, delivery },
    read: webhook,
    post: makePostEvent(send, development),
    write: writeEvent,
    urlRules: { development, isReachable },
    noteDelivery(event: FeedEvent, attempt: Attempt, id: WebhookId): void {
      adapters.noteDelivery(event, attempt);
      tellDelivery(event, attempt, id);
    },
    took: (id: WebhookId) => log.info({ webhookId: id }, 'webhook taken in hand'),
    failed: (error: unknown, id?: WebhookId) =>
      log.error({ webhookId: id, err: error }, 'a webhook was left for later'),
  };
  const inHand = makeWebhooksInHand(ports);
  const look = () => traces.apart(inHand.look);

  return {
    /** For the walk over what is due. */
    look,
    letGo: inHand.letGo,
    api: {
      async makeWebhook(wish: WebhookWish, actor: Actor, remember: Remember<MadeWebhook>) {
        await makeWebhook(ports, wish, actor, remember);
        void look();
      },
      readWebhook: (idText: string) => readWebhook(ports, idText),
      async listWebhooks(query: PageQuery) {
        const { webhooks: all } = await webhooks();
        return cursors.page(
          { list: 'webhooks', query: {} },
          query,
          wholeList(all, ({ id }) => id),
        );
      },
      async updateWebhook(
        idText: string,
        changes: WebhookChanges,
        actor: Actor,
        expects: Expectation<[Webhook]>,
      ) {
        const changed = await updateWebhook(ports, idText, changes, actor, expects);
        void look();
        return changed;
      },
      async rotateSecret(idText: string, actor: Actor, remember: Remember<MadeWebhook>) {
        await rotateSecret(ports, idText, actor, remember);
        void look();
      },
      async removeWebhook(idText: string, actor: Actor, expects: Expectation<[Webhook]>) {
        await removeWebhook(ports, idText, actor, expects);
        void look();
      },
      testWebhook: (idText: string, actor: Actor, remember: Remember<Attempted>) =>
        testWebhook(ports, idText, actor, remember),
      redeliver: (idText: string, eventId: string, remember: Remember<Delivery>) =>
        redeliver(ports, idText, eventId, remember),
      async listDeliveries(idText: string, { status, ...query }: DeliveryQuery) {
        const { id } = await readWebhook(ports, idText);
        const scope = { list: 'deliveries', query: { webhook: id, status } };
        return cursors.page(scope, query, async (before, limit) => {
          const left = await deliveries(id, { status: status ?? null, before, limit: limit + 1 });
          return sliceOf(left, ({ eventId }) => eventId, limit);
        });
      },
    },
  };
}
