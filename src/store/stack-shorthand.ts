import { formatArn, parseArn } from '../core/arn.js';
import type { Stack } from '../core/stack.js';
import { parseStackId } from '../core/stack-id.js';

// Short forms of what a stack's item holds: no ARN or URL repeats what its neighbours say. Each pair of functions
// gives back exactly what it was given, whatever a client put into its event.

/** Whose item it is: what the short forms leave out. */
export type Named = Pick<Stack, 'accountId' | 'stackId'>;

/** `~partition:region:name/uuid` for a stack of the item's own account. */
export function shortStackId({ stackId, accountId }: Named): string {
  const stack = parseStackId(stackId);
  if (stack === null || stack.account !== accountId) return stackId;
  return `~${stack.partition.id}:${stack.region}:${stack.name}/${stack.uuid}`;
}

/** Gives back what `shortStackId` was given. */
export function longStackId(text: string, account: string): string {
  const [, id, region, name] = /^~([^:]+):([^:]+):(.+)$/.exec(text) ?? [];
  if (id === undefined || region === undefined || name === undefined) return text;
  return formatArn({
    partition: { id },
    service: 'cloudformation',
    region,
    account,
    resource: `stack/${name}`,
  });
}

/** Response URLs name the stack and the request, percent-encoded. One that holds braces of its own is kept as it is. */
export function shortResponseUrl(url: string, requestId: string, stackId: string): string {
  if (url.includes('{')) return `=${url}`;
  return url
    .replaceAll(encodeURIComponent(stackId), '{s}')
    .replaceAll(escapedColons(stackId), '{c}')
    .replaceAll(requestId, '{r}');
}

/** Gives back what `shortResponseUrl` was given. */
export function longResponseUrl(url: string, requestId: string, stackId: string): string {
  if (url.startsWith('=')) return url.slice(1);
  return url
    .replaceAll('{r}', requestId)
    .replaceAll('{c}', escapedColons(stackId))
    .replaceAll('{s}', encodeURIComponent(stackId));
}

/** As CloudFormation writes it: the slashes of the StackId stay. */
function escapedColons(stackId: string): string {
  return stackId.replaceAll(':', '%3A');
}

/** A topic in the stack’s own region and account by its name; any other as it is. */
export function shortSourceArn(stack: Pick<Stack, 'accountId' | 'stackId' | 'sourceArn'>): string {
  const name = parseArn(stack.sourceArn)?.resource ?? '';
  return longSourceArn(name, stack) === stack.sourceArn ? name : stack.sourceArn;
}

/** Gives back what `shortSourceArn` was given. */
export function longSourceArn(name: string, { accountId, stackId }: Named): string {
  const stack = parseStackId(stackId);
  if (stack === null || name.startsWith('arn:')) return name;
  return formatArn({
    ...stack,
    service: 'sns',
    account: accountId,
    resource: name,
  });
}

/** `~path/name` for a role of the item’s own account; `=` and the text for anything else that was claimed. */
export function shortRoleArn(roleArn: string, stack: Named): string {
  const prefix = rolePrefix(stack);
  if (prefix !== null && roleArn.startsWith(prefix)) return `~${roleArn.slice(prefix.length)}`;
  return `=${roleArn}`;
}

/** Gives back what `shortRoleArn` was given. */
export function longRoleArn(text: string, stack: Named): string {
  return text.startsWith('~') ? `${rolePrefix(stack)}${text.slice(1)}` : text.slice(1);
}

function rolePrefix({ accountId, stackId }: Named): string | null {
  const stack = parseStackId(stackId);
  return (
    stack &&
    formatArn({
      ...stack,
      service: 'iam',
      region: '',
      account: accountId,
      resource: 'role/',
    })
  );
}
