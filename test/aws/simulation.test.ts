import type { EvaluationResult } from '@aws-sdk/client-iam';
import t from 'tap';
import { permissionsOf } from '../../src/aws/simulation.js';

const result = (EvalActionName: string, changes: Partial<EvaluationResult> = {}): EvaluationResult => ({
  EvalActionName,
  EvalDecision: 'implicitDeny',
  ...changes,
});
const byOrganization = (AllowedByOrganizations: boolean) => ({
  OrganizationsDecisionDetail: { AllowedByOrganizations },
});
const byBoundary = (AllowedByPermissionsBoundary: boolean) => ({
  PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary },
});
const nothing = { granted: [], missing: [], denied: [], unchecked: [] };

t.test('each decision of a simulation has its place', async (t) => {
  const rows = [
    ['allowed', { EvalDecision: 'allowed' }, 'granted'],
    ['allowed, and the organization agrees', { EvalDecision: 'allowed', ...byOrganization(true) }, 'granted'],
    ['allowed by no policy', {}, 'missing'],
    ['denied by a policy of the role', { EvalDecision: 'explicitDeny' }, 'missing'],
    ['allowed by no policy, and the organization agrees', byOrganization(true), 'missing'],
    ['allowed by no policy, and the boundary agrees', byBoundary(true), 'missing'],
    ['not allowed by the organization', byOrganization(false), 'denied'],
    ['denied by the organization', { EvalDecision: 'explicitDeny', ...byOrganization(false) }, 'denied'],
    ['not allowed by the boundary', byBoundary(false), 'denied'],
    [
      'the organization agrees, the boundary does not',
      { ...byOrganization(true), ...byBoundary(false) },
      'denied',
    ],
    ['a detail that says nothing', { OrganizationsDecisionDetail: {} }, 'missing'],
    ['no decision at all', { EvalDecision: undefined }, 'missing'],
  ] as const;
  for (const [what, changes, kind] of rows)
    t.strictSame(
      permissionsOf(
        ['s3:ListAllMyBuckets'],
        [result('s3:ListAllMyBuckets', changes as Partial<EvaluationResult>)],
      ),
      { ...nothing, [kind]: ['s3:ListAllMyBuckets'] },
      what,
    );
});

t.test('what was asked and not answered is unchecked', async (t) => {
  t.strictSame(permissionsOf(['a:B', 'c:D'], [result('c:D', { EvalDecision: 'allowed' })]), {
    ...nothing,
    granted: ['c:D'],
    unchecked: ['a:B'],
  });
  t.strictSame(permissionsOf(['a:B'], []), { ...nothing, unchecked: ['a:B'] });
});

t.test('actions are named as they were asked, in that order, and answered whatever their case', async (t) => {
  const asked = ['iam:GetRole', 's3:ListBucket', 'ec2:DescribeInstances'];
  const results = [...asked].reverse().map((name) => result(name.toUpperCase(), { EvalDecision: 'allowed' }));
  t.strictSame(permissionsOf(asked, results), { ...nothing, granted: asked });
});

t.test('what was not asked is not told', async (t) => {
  t.strictSame(permissionsOf([], [result('a:B', { EvalDecision: 'allowed' })]), nothing);
});
