import { Type } from 'typebox';
import type { Account } from '../../core/account.js';
import type { Finding } from '../../core/finding.js';
import type { Verdict } from '../../core/verdict.js';
import { AccountId, Nullable, ref, Texts, Time, time } from './fields.js';

const Answer = (description: string) => Type.Union([Type.Boolean(), Type.Null()], { description });

const Findings = Type.Unsafe<readonly Finding[]>(
  Type.Array(
    Type.Object({
      code: Type.String(),
      severity: Type.Enum(['unsafe', 'notice']),
      message: Type.String(),
    }),
    { description: 'What the role’s trust policy says that it should not; null where it cannot be read.' },
  ),
);

export const VerdictBody = Type.Object(
  {
    assumable: Answer('The role can be entered with the client’s external ID.'),
    requiresExternalId: Answer('It cannot be entered without one.'),
    rejectsWrongExternalId: Answer('It cannot be entered with another.'),
    accountMatches: Answer('It leads into the account that was expected.'),
    permissions: Type.Object({
      granted: Texts,
      missing: Texts,
      denied: Texts,
      unchecked: Texts,
    }),
    findings: Nullable(Findings),
    attempts: Type.Integer(),
    failure: Nullable(
      Type.Object({
        code: Type.String(),
        message: Type.String(),
        remedy: Type.String(),
        documentation: Type.String({ description: 'Where this code is explained.' }),
      }),
    ),
  },
  {
    $id: 'Verdict',
    title: 'Verdict',
    description: 'null says that a question was not reached or not answered.',
  },
);

export const AccountBody = Type.Object(
  {
    accountId: AccountId,
    partition: Type.String(),
    roleArn: Type.String(),
    stackId: Nullable(Type.String()),
    region: Nullable(Type.String()),
    templateVersion: Nullable(Type.String()),
    status: Type.Enum(['verifying', 'connected', 'rejected', 'degraded', 'disconnected']),
    verdict: Nullable(ref(VerdictBody)),
    connectedAt: Nullable(Time),
    lastVerifiedAt: Nullable(Time),
    nextVerificationAt: Nullable(Time),
    stackStatus: Nullable(
      Type.String({
        description: 'As CloudFormation told it at the last verification; null where it did not.',
      }),
    ),
    organization: Nullable(
      Type.Object(
        {
          managementAccountId: AccountId,
          left: Type.Boolean({
            description:
              'The organization no longer lists it as active. Its role still trusts this service, and it stays ' +
              'connected until you let it go or its stack is deleted.',
          }),
        },
        {
          description:
            'The organization by whose link it came in, named by its management account (of which this is the ' +
            'number itself); null where it came in by itself.',
        },
      ),
    ),
    outdated: Type.Boolean({ description: 'A newer template is published than the one that made the role.' }),
    updateCommand: Nullable(
      Type.String({ description: 'Brings an outdated stack to the newer template; for the client.' }),
    ),
    trustRemains: Type.Boolean({
      description: 'Of an account that you let go: its role still trusts this service.',
    }),
  },
  { $id: 'Account', title: 'Account' },
);

/** Of an account whose template is not the newest, the command that updates its stack. */
export interface AccountView {
  readonly account: Account;
  readonly outdated: boolean;
  readonly updateCommand: string | null;
}

/** A verdict as it is told, with where its failure is explained below `publicUrl`. */
export function verdictBody({ failure, ...seen }: Verdict, publicUrl: string) {
  if (failure === null) return { ...seen, failure };
  return { ...seen, failure: { ...failure, documentation: `${publicUrl}/failures#${failure.code}` } };
}

export function accountBody({ account, outdated, updateCommand }: AccountView, publicUrl: string) {
  const { accountId, partition, roleArn, stackId, region, templateVersion, status, verdict } = account;
  return {
    ...{
      accountId,
      partition,
      roleArn,
      stackId,
      region,
      templateVersion,
      status,
      verdict: verdict && verdictBody(verdict, publicUrl),
    },
    connectedAt: time(account.connectedAt),
    lastVerifiedAt: time(account.lastVerifiedAt),
    nextVerificationAt: time(account.nextVerificationAt),
    stackStatus: verdict?.stackStatus ?? null,
    organization: account.organization,
    ...{ outdated, updateCommand },
    trustRemains: account.trustRemains,
  };
}
