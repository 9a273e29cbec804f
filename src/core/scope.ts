/** What a key can be allowed, one by one. Each route of the API asks for one of them. */
export const scopes = [
  'clients:read',
  'clients:write',
  'clients:import',
  'accounts:verify',
  'credentials:issue',
  'webhooks:manage',
  'groups:manage',
  'events:read',
  'keys:manage',
] as const;

export type Scope = (typeof scopes)[number];
