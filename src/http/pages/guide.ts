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
export ROLECALL_KEY=$(curl -s $ROLECALL_URL/v1/api-keys \\
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
      shell: `INVITED=$(curl -s $ROLECALL_URL/v1/clients \\
  -H "Authorization: Bearer $ROLECALL_KEY" -H 'Content-Type: application/json' \\
  -H 'Idempotency-Key: invite-crm-42' \\
  -d '{"name": "Example Ltd", "reference": "crm-42"}')
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
      title: 'Wait until the account is connected',
      before: [
        'Connected means tried: the role can be entered with the client’s external ID, it cannot without one or ' +
          'with another, and its trust policy lets in nobody else.',
      ],
      shell: `until ACCOUNT=$(curl -s $ROLECALL_URL/v1/clients/$CLIENT/accounts -H "Authorization: Bearer $ROLECALL_KEY" \\
  | jq -er 'first(.items[] | select(.status == "connected")).accountId'); do sleep 5; done`,
      after: [],
    },
    {
      id: 'credentials',
      title: 'Go in',
      before: [
        'Credentials last 15 minutes to an hour and are stored nowhere. The session’s name stands in the client’s ' +
          'CloudTrail. A session policy narrows them further, where you send one.',
      ],
      shell: `curl -s $ROLECALL_URL/v1/clients/$CLIENT/accounts/$ACCOUNT/credentials \\
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
      shell: `curl -s $ROLECALL_URL/v1/clients/$CLIENT/accounts/$ACCOUNT \\
  -H "Authorization: Bearer $ROLECALL_KEY" | jq '{status, verdict}'`,
      after: [],
    },
  ];
}
