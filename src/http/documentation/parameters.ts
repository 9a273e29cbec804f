/** What stands in the addresses, described once for all of them. */
export const pathParameters: Readonly<Record<string, string>> = {
  clientId: 'The client’s `id`, `cli_…`.',
  accountId: 'The number of the AWS account.',
  launchId: 'The launch’s `id`, `lch_…`.',
  keyId: 'The key’s `id`, `key_…`.',
  webhookId: 'The webhook’s `id`, `wh_…`.',
  deliveryId: 'The delivery’s `id`, which is the event’s.',
  groupId: 'The group’s `id`, `grp_…`.',
  deploymentId: 'The deployment’s `id`, `dep_…`.',
  name: 'The profile’s `name`.',
  token: 'The callback token from `callbackUrl`.',
  code: 'A problem’s `code`.',
};
