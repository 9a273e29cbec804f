import { type Document, isScalar, Scalar } from 'yaml';
import type { Callback } from '../core/launch.js';
import { accountsIn, expectedPeople, type HumanAccess, whomItLetsIn } from './human-access.js';
import { mapAt, mergeTemplate, nameOf, seqAt } from './merge-template.js';
import { parseSource } from './parse-source.js';
import type { Profile } from './profiles.js';
import type { TrustedPrincipal } from './render.js';
import { set, setPermissions } from './set-permissions.js';

const ROLE = ['Resources', 'HumanRole', 'Properties'] as const;
const PARAMETER = ['Parameters', 'HumanRoleName'] as const;

interface Facts {
  readonly profile: Profile;
  readonly humanAccess: HumanAccess;
  readonly principal: TrustedPrincipal;
  readonly callback: Callback;
}

/**
 * Adds to an account's template, in place, the role by which people enter: what `templates/human-role.yaml` has and it
 * lacks, with the profile's people and permissions in it. Throws where the two have parted.
 */
export function addHumanRole(
  document: Document,
  addition: string,
  { profile, humanAccess, principal, callback }: Facts,
): void {
  const added = parseSource(addition);
  if (callback === 'none') {
    // Nobody tells the service what the role came to be called, so that it looks for it by this name.
    added.deleteIn(['Resources', 'Connection']);
    added.deleteIn(['Conditions', 'HasHumanRoleName']);
    set(added, [...ROLE, 'RoleName'], ref('HumanRoleName'));
    set(added, [...PARAMETER, 'Description'], 'The name under which the service will look for the role.');
    set(added, [...PARAMETER, 'AllowedPattern'], quoted('^[\\w+=,.@-]{1,64}$'));
    set(added, [...PARAMETER, 'ConstraintDescription'], '1 to 64 letters, digits or any of + = , . @ - _');
  } else {
    const arn = new Scalar('HumanRole.Arn');
    arn.tag = '!GetAtt';
    mapAt(document, 'Resources', 'Connection', 'Properties').add(
      document.createPair('HumanRoleArn', arn) as never,
    );
  }
  const sections = ['Parameters', 'Conditions', 'Resources', 'Outputs'];
  mergeTemplate(document, added, { sections, groups: 'last' });
  set(document, [...PARAMETER, 'Default'], humanAccess.roleName);
  set(document, [...ROLE, 'Description'], `Entered by ${whomItLetsIn(humanAccess)}`.slice(0, 1_000));
  setTrust(document, humanAccess, principal);
  setPermissions(document, ROLE, `${profile.name}-people`, humanAccess);
}

/** Has the stacks of an organization's members call the role as the management account's does. */
export function passHumanRoleName(document: Document): void {
  seqAt(document, 'Resources', 'Members', 'Properties', 'Parameters').add(
    document.createNode({ ParameterKey: 'HumanRoleName', ParameterValue: ref('HumanRoleName') }),
  );
}

/** Says at the top of a template, in its description and in the comment above, that there is a second role. */
export function describeHumanRole(document: Document, humanAccess: HumanAccess): void {
  const sentence = `A second role lets in ${whomItLetsIn(humanAccess)}.`;
  const [pair] = mapAt(document).items.filter((each) => nameOf(each) === 'Description');
  if (pair === undefined || !isScalar(pair.key) || !isScalar(pair.value))
    throw new Error('the template’s source has no Description');
  pair.value.value = `${pair.value.value} ${sentence}`;
  pair.key.commentBefore = [
    pair.key.commentBefore ?? '',
    ' Beside all that there is HumanRole, a second role: by it people enter, and the service cannot.',
  ].join('\n');
}

function setTrust(document: Document, humanAccess: HumanAccess, principal: TrustedPrincipal): void {
  const statement = [...ROLE, 'AssumeRolePolicyDocument', 'Statement', 0];
  const condition = [...statement, 'Condition'];
  const root = (account: string) => `arn:${principal.partition.id}:iam::${account}:root`;
  const put = (path: readonly (string | number)[], values: readonly string[]) =>
    set(document, path, document.createNode(values.length === 1 ? values[0] : values));
  const { arns, mfaMaxAgeSeconds } = expectedPeople(humanAccess, principal);
  put([...statement, 'Principal', 'AWS'], accountsIn(arns).map(root));
  put([...condition, 'ArnLike', 'aws:PrincipalArn'], arns);
  if (mfaMaxAgeSeconds === null)
    for (const operator of ['Bool', 'NumericLessThan']) document.deleteIn([...condition, operator]);
  else
    set(
      document,
      [...condition, 'NumericLessThan', 'aws:MultiFactorAuthAge'],
      quoted(String(mfaMaxAgeSeconds)),
    );
}

function ref(name: string): Scalar {
  const scalar = new Scalar(name);
  scalar.tag = '!Ref';
  return scalar;
}

function quoted(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = Scalar.QUOTE_SINGLE;
  return scalar;
}
