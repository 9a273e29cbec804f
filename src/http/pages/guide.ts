import type { Letterhead } from './letterhead.js';
import { render } from './render.js';

interface Step {
  readonly id: string;
  readonly title: string;
  readonly before: readonly string[];
  /** Lines for a POSIX shell; null where there is nothing to call. */
  readonly shell: string | null;
  readonly after: readonly string[];
}

/** Walks a platform's engineer through the whole story, with calls of the deployment that shows it. */
export function guidePage(head: Letterhead, publicUrl: string): string {
  return render('guide', { ...head, steps: stepsAt(publicUrl) });
}

function stepsAt(publicUrl: string): readonly Step[] {
  return [
    {
      id: 'key',
      title: 'Get a key of your own',
      before: [
        'Whoever runs this service has a first key, with every scope. Make one with it that may do what your ' +
          'platform does, and no more. Its secret is in this one answer.',
      ],
      shell: `export ROLECALL_URL=${publicUrl}
export ROLECALL_KEY=$(curl -fsS $ROLECALL_URL/v1/api-keys \\
  -H "Authorization: Bearer $FIRST_KEY" -H 'Content-Type: application/json' \\
  -d '{"name": "platform", "scopes": ["clients:read", "clients:write", "accounts:verify", "credentials:issue", "events:read"]}' \\
  | jq -r .secret)`,
      after: [],
    },
    {
      id: 'invite',
      title: 'Invite a client',
      before: [
        'The service draws the external ID; nobody can choose it. The `Idempotency-Key` makes the call safe to ' +
          'repeat: should the connection break, send it again, and there is still one client.',
      ],
      shell: `INVITED=$(curl -fsS $ROLECALL_URL/v1/clients \\
  -H "Authorization: Bearer $ROLECALL_KEY" -H 'Content-Type: application/json' \\
  -H 'Idempotency-Key: invite-crm-7' \\
  -d '{"name": "Example Ltd", "reference": "crm-7"}')
CLIENT=$(echo "$INVITED" | jq -r .id)
echo "$INVITED" | jq -r .launch.pageUrl`,
      after: [],
    },
    {
      id: 'launch',
      title: 'Give the client’s administrator the link',
      before: [
        'The page says who asks, lists every permission, and leads into the client’s own console with everything ' +
          'filled in. Opening it changes nothing, so it can be sent by mail. It shows what happens as it happens, ' +
          'and what to do where something fails.',
      ],
      shell: null,
      after: [],
    },
    {
      id: 'connected',
      title: 'Follow the feed until the account is connected',
      before: [
        'Connected means tried: the role can be entered with the client’s external ID, it cannot without one or ' +
          'with another, and its trust policy lets in nobody else. The feed holds everything that happens, in one ' +
          'order; a call waits for up to 20 seconds, and whoever goes on at `position` misses nothing.',
      ],
      shell: `ACCOUNT='' POSITION=''
until [ -n "$ACCOUNT" ]; do
  PAGE=$(curl -fsS "$ROLECALL_URL/v1/events?types=account.connected&wait=20\${POSITION:+&after=$POSITION}" \\
    -H "Authorization: Bearer $ROLECALL_KEY")
  POSITION=$(echo "$PAGE" | jq -r .position)
  ACCOUNT=$(echo "$PAGE" | jq -r --arg client "$CLIENT" 'first(.items[] | select(.clientId == $client)).accountId // ""')
done`,
      after: [
        'A service that is reachable need not ask: `POST /v1/webhooks` makes a webhook, to which each event is posted as ' +
          'it happens, signed after Standard Webhooks, in the order of its account.',
      ],
    },
    {
      id: 'credentials',
      title: 'Go in',
      before: [
        'Credentials last 15 minutes to an hour and are stored nowhere. The session’s name stands in the client’s ' +
          'CloudTrail. A session policy narrows them further, where you send one.',
      ],
      shell: `curl -fsS $ROLECALL_URL/v1/clients/$CLIENT/accounts/$ACCOUNT/credentials \\
  -H "Authorization: Bearer $ROLECALL_KEY" -H 'Content-Type: application/json' \\
  -d '{"sessionName": "nightly-audit"}'`,
      after: [],
    },
    {
      id: 'later',
      title: 'And from then on',
      before: [
        'Every account is verified again each day. One that fails is told as `account.degraded`, with what is wrong ' +
          'and what the client can do about it; then `account.recovered`. A stack that is deleted is ' +
          '`account.disconnected`. To replace an external ID, begin a rotation: access goes on all the while.',
      ],
      shell: `curl -fsS $ROLECALL_URL/v1/clients/$CLIENT/accounts/$ACCOUNT \\
  -H "Authorization: Bearer $ROLECALL_KEY" | jq '{status, verdict}'`,
      after: [],
    },
  ];
}
