import { Type } from 'typebox';
import type { Account } from '../../core/account.js';
import type { Finding } from '../../core/finding.js';
import type { Verdict } from '../../core/verdict.js';
import { AccountId, At, Nullable, ref, Texts, time } from './fields.js';

const Answer = (description: string) => Type.Union([Type.Boolean(), Type.Null()], { description });

const Findings = Type.Unsafe<readonly Finding[]>(
  Type.Array(
    Type.Object({
      code: Type.String({ description: 'Stable; the one to program against.' }),
      severity: Type.Enum(['unsafe', 'notice'], {
        description:
          '`unsafe`: somebody else can enter, and the account is not connected. `notice`: worth knowing.',
      }),
      message: Type.String({ description: 'What the policy says, and why that matters.' }),
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
    permissions: Type.Object(
      {
        granted: Texts('It may do these.'),
        missing: Texts('Nothing allows it these.'),
        denied: Texts('Something denies it these: a boundary, or a policy of the client’s organization.'),
        unchecked: Texts('Nothing could be learned about these.'),
      },
      { description: 'The actions that the profile promises (`prove`), by what became of each.' },
    ),
    findings: Nullable(Findings),
    humanRole: Nullable(
      Type.Object(
        {
          rejectsService: Answer(
            'This service, which has no second factor, cannot enter by it, with the external ID or without.',
          ),
          findings: Nullable(Findings),
        },
        {
          description:
            'What was found of the role by which people enter (`humanRoleArn`); null where there is none. Its ' +
            'findings’ codes begin with `people-`; those are null where the service’s own role may not read its trust.',
        },
      ),
    ),
    attempts: Type.Integer({ description: 'How often the role was tried while IAM made it known.' }),
    failure: Nullable(
      Type.Object(
        {
          code: Type.String({ description: 'Stable; the one to program against.' }),
          message: Type.String({ description: 'What is wrong.' }),
          remedy: Type.String({ description: 'What the client, or you, can do about it.' }),
          documentation: Type.String({ description: 'Where this code is explained.' }),
        },
        { description: 'Why the account is not connected; null where it is.' },
      ),
    ),
  },
  {
    $id: 'Verdict',
    title: 'Verdict',
    description: 'What a verification found. null says that a question was not reached or not answered.',
  },
);

export const AccountBody = Type.Object(
  {
    accountId: AccountId,
    partition: Type.String({ description: 'Of AWS: `aws`, `aws-us-gov` or `aws-cn`.' }),
    roleArn: Type.String({ description: 'The role by which this service enters.' }),
    humanRoleArn: Nullable(
      Type.String({ description: 'The role by which people enter; null where the profile has none.' }),
    ),
    stackId: Nullable(
      Type.String({ description: 'The stack that made it; null where it was registered by hand.' }),
    ),
    region: Nullable(Type.String({ description: 'Where that stack is.' })),
    templateVersion: Nullable(Type.String({ description: 'Of the template that the stack was made from.' })),
    status: Type.Enum(['verifying', 'connected', 'rejected', 'degraded', 'disconnected'], {
      description:
        '`verifying`: being tried for the first time. `connected`: entered, and by nobody who lacks the external ' +
        'ID. `rejected`: tried, and not fit. `degraded`: was connected, and a later verification failed. ' +
        '`disconnected`: its stack was deleted, or you let it go.',
    }),
    verdict: Nullable(ref(VerdictBody)),
    connectedAt: Nullable(At('Since when it is connected, or was last.')),
    lastVerifiedAt: Nullable(At('When it was verified last.')),
    nextVerificationAt: Nullable(At('When it will be verified next, by itself.')),
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
  { $id: 'Account', title: 'Account', description: 'An AWS account of a client, and the role in it.' },
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
  const { accountId, partition, roleArn, humanRoleArn, stackId, region, templateVersion, status, verdict } =
    account;
  return {
    ...{
      accountId,
      partition,
      roleArn,
      humanRoleArn,
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
