import type { Logger } from 'pino';
import type { Adapters } from './adapters.js';
import type { Config } from './config.js';
import type { Caller } from './core/caller.js';
import type { Actor } from './core/event.js';
import { parseKeyId } from './core/id.js';
import type { Remember } from './core/remembered-answer.js';
import { makeConsoleSessions } from './keys/console-session.js';
import { makeKnownKeys } from './keys/known-keys.js';
import { type MadeKey, makeApiKey, type WrittenKeyWish } from './keys/make-api-key.js';
import { makeRecognizeCaller } from './keys/recognize-caller.js';
import { makeRecognizeKey } from './keys/recognize-key.js';
import { revokeApiKey } from './keys/revoke-api-key.js';
import { type Cursors, type PageQuery, sliceOf } from './lists/cursors.js';
import { makeVerifyToken } from './oidc/verify-token.js';
import { makeKeyQueries } from './store/api-key-item.js';
import type { Database } from './store/dynamodb.js';
import { makeSharedSecret } from './store/shared-secret.js';

interface Parts {
  readonly config: Config;
  readonly adapters: Adapters;
  readonly database: Database;
  readonly log: Logger;
  readonly cursors: Cursors;
}

/** API keys put together: who calls, and the keys that the platform makes, lists and takes back. */
export function makeApiKeys({ config, adapters, database, log, cursors }: Parts) {
  const { apiKey, apiKeys } = makeKeyQueries(database);
  const known = makeKnownKeys({ apiKey, stopwatch: () => performance.now() });
  const failed = (error: unknown) => log.warn({ err: error }, 'the use of a key was not noted');
  const ports = { ...adapters, known, failed, apiKey, client: adapters.queries.client };

  return {
    recognizeCaller: makeRecognizeCaller({
      adminApiKey: config.adminApiKey,
      recognizeKey: makeRecognizeKey(ports),
      verifyToken: config.issuer && makeVerifyToken(config.issuer),
    }),
    consoleSessions: makeConsoleSessions({
      ...adapters,
      secret: makeSharedSecret(database, 'CONSOLE_SESSIONS'),
    }),
    makeApiKey: (wish: WrittenKeyWish, maker: Caller, remember: Remember<MadeKey>) =>
      makeApiKey(ports, wish, maker, remember),
    revokeApiKey: (idText: string, actor: Actor) => revokeApiKey(ports, idText, actor),
    /** Oldest first. */
    listApiKeys: (query: PageQuery) =>
      cursors.page({ list: 'api-keys', query: {} }, query, async (after, limit) => {
        const left = await apiKeys(after === null ? null : parseKeyId(after), limit + 1);
        return sliceOf(left, ({ id }) => id, limit);
      }),
  };
}
