import { Type } from 'typebox';
import type { ApiKey } from '../../core/api-key.js';
import { scopes } from '../../core/scope.js';
import { At, Nullable, time } from './fields.js';

export const Scopes = Type.Array(Type.Enum([...scopes]), {
  minItems: 1,
  maxItems: scopes.length,
  uniqueItems: true,
  description:
    'What the key may do. `webhooks:manage`, `groups:manage`, `keys:manage` and `clients:import` concern all clients: ' +
    'a key that is limited to some cannot use them.',
});

const shown = {
  id: Type.String({ description: 'Its id here.' }),
  name: Type.String({ description: 'Who uses it.' }),
  scopes: Scopes,
  clients: Nullable(
    Type.Array(Type.String(), { description: 'The clients that it sees and touches; null for all.' }),
  ),
  maxDurationSeconds: Nullable(Type.Integer({ description: 'How long credentials may last.' })),
  createdAt: At('When it was made.'),
  expiresAt: Nullable(At('When it ends; null where it does not.')),
  lastUsedAt: Nullable(At('Noted at most once a minute.')),
};

export const ApiKeyBody = Type.Object(shown, {
  $id: 'ApiKey',
  title: 'ApiKey',
  description: 'What a caller may do, and until when.',
});

/** A key as the answer has it that makes it: the only one with the secret. */
export const NewApiKeyBody = Type.Object(
  { ...shown, secret: Type.String({ description: 'To be sent as `Authorization: Bearer`. Shown once.' }) },
  { title: 'NewApiKey', description: 'The key, with its secret.' },
);

export function apiKeyBody({ id, name, scopes, clients, maxDurationSeconds, ...times }: ApiKey) {
  return {
    ...{ id, name, scopes: [...scopes], clients: clients && [...clients], maxDurationSeconds },
    createdAt: time(times.createdAt),
    expiresAt: time(times.expiresAt),
    lastUsedAt: time(times.lastUsedAt),
  };
}
