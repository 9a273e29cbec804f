import { Type } from 'typebox';
import type { Count, happenings } from '../../core/overview.js';
import type { OverviewReport, WaitReport } from '../../feed/read-overview.js';
import { At, Nullable, time } from './fields.js';

const Counted = (description: string) => Type.Integer({ minimum: 0, description });

const funnel = {
  invited: Counted('Clients that were invited.'),
  opened: Counted('Clients of which a link was opened for the first time.'),
  started: Counted(
    'Clients that made their first stack, or of which the first role was named; once more for each further one before ' +
      'the first has come to an end.',
  ),
  connected: Counted('Clients whose first account was connected.'),
};

const activity = {
  accountsConnected: Counted('Accounts that were connected, a client’s further ones included.'),
  accountsRejected: Counted('Accounts whose role was refused.'),
  accountsDegraded: Counted('Accounts of which a later verification failed.'),
  accountsRecovered: Counted('Accounts that were good again after that.'),
  accountsDisconnected: Counted('Accounts whose stack was deleted, or that were let go.'),
  stacksFailed: Counted('Stacks whose answer CloudFormation did not take.'),
} satisfies Record<(typeof happenings)[number], unknown>;

const Wait = (description: string) =>
  Type.Object(
    {
      count: Counted('How many there were.'),
      p50: Nullable(
        Type.Number({ description: 'Within so many seconds for half of them; right within 5 %.' }),
      ),
      p90: Nullable(
        Type.Number({ description: 'Within so many seconds for nine in ten; right within 5 %.' }),
      ),
    },
    { description },
  );

const Day = Type.String({ format: 'date', description: 'A day in UTC.' });

const FailureBody = Type.Object({
  type: Type.String({ description: '`account.rejected`, `account.degraded` or `stack.failed`.' }),
  at: At('When.'),
  clientId: Nullable(Type.String({ description: 'Whose account it is; a removed client’s, too.' })),
  clientName: Nullable(Type.String({ description: 'What the client is called now.' })),
  accountId: Nullable(Type.String({ description: 'The number of the AWS account.' })),
  code: Type.String({
    description: 'As in verdicts (see `/failures`); of a stack, what became of the answer.',
  }),
  message: Type.String({ description: 'What was wrong.' }),
  remedy: Type.String({ description: 'What to do about it.' }),
});

export const OverviewBody = Type.Object(
  {
    from: Day,
    to: Day,
    complete: Type.Boolean({
      description:
        'False while older events are still being counted, as after an update from a version without this.',
    }),
    funnel: Type.Object(
      {
        ...funnel,
        rejected: activity.accountsRejected,
        failed: activity.stacksFailed,
      },
      {
        description:
          'Steps that were taken within the period, each by a client for the first time, and what went wrong on the ' +
          'way. Imported clients take no steps.',
      },
    ),
    timeToConnect: Type.Object(
      {
        fromInvitation: Wait('From the invitation to the client’s first connection.'),
        fromStackStart: Wait('From the moment at which a stack called back to its account’s connection.'),
      },
      { description: 'How long it took, of the connections within the period.' },
    ),
    accounts: Type.Object(
      Object.fromEntries(
        ['verifying', 'connected', 'rejected', 'degraded', 'disconnected'].map((status) => [
          status,
          Counted('Accounts of this status now.'),
        ]),
      ),
      {
        description: 'All accounts by status, as they are now. Those of removed clients are `disconnected`.',
      },
    ),
    clients: Type.Object(
      Object.fromEntries(
        ['invited', 'connected', 'attention', 'disconnected'].map((status) => [
          status,
          Counted('Clients of this status now.'),
        ]),
      ),
      { description: 'All clients by status, as they are now.' },
    ),
    activity: Type.Array(Type.Object({ day: Day, ...funnel, ...activity }), {
      description: 'Day by day, oldest first.',
    }),
    recentFailures: Type.Array(FailureBody, {
      description: 'The newest 20, newest first, whatever the period.',
    }),
  },
  { $id: 'Overview', title: 'Overview', description: 'How onboarding goes.' },
);

export function overviewBody(report: OverviewReport) {
  const { from, to, complete, accounts, clients, sums, days, failures } = report;
  const { invited, opened, started, connected } = sums;
  return {
    ...{ from, to, complete },
    funnel: {
      ...{ invited, opened, started, connected },
      rejected: sums.accountsRejected,
      failed: sums.stacksFailed,
    },
    timeToConnect: {
      fromInvitation: waitBody(report.sinceInvited),
      fromStackStart: waitBody(report.sinceStarted),
    },
    ...{ accounts, clients },
    activity: days.map(({ day, counts }): { readonly day: string } & Readonly<Record<Count, number>> => ({
      day,
      ...counts,
    })),
    recentFailures: failures.map(({ at, accountId = null, ...failure }) => ({
      ...failure,
      accountId,
      at: time(at),
    })),
  };
}

function waitBody({ count, p50, p90 }: WaitReport) {
  return { count, p50: seconds(p50), p90: seconds(p90) };
}

function seconds(milliseconds: number | null): number | null {
  return milliseconds === null ? null : Math.round(milliseconds / 100) / 10;
}
