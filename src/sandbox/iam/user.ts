import { randomBytes } from 'node:crypto';
import { type Account, iamArn } from '../identity/account.js';
import { uniqueId, userKeyId } from '../identity/unique-id.js';
import { type PolicyDocument, parsePolicy } from '../policy/document.js';
import { AwsError } from '../wire/aws-error.js';
import type { QueryAction } from '../wire/query.js';
import type { QueryInput } from '../wire/query-input.js';
import { readPolicy } from './open-role.js';
import { requirePermission } from './permission.js';

/** An IAM user, who may what its policies allow; unlike `administrator`, whom every account has. */
export interface User {
  /** The unique ID, `AIDA…`. */
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  readonly inlinePolicies: Map<string, PolicyDocument>;
  /** The secrets by access key ID. */
  readonly accessKeys: Map<string, string>;
}

/** The operations of IAM on users, as far as tests need people with few rights. */
export const userActions: Readonly<Record<string, QueryAction>> = {
  CreateUser: (_world, caller, input) => {
    const name = input.required('UserName');
    const { account } = caller;
    const arn = iamArn(account, `user/${name}`);
    requirePermission(caller, 'iam:CreateUser', arn);
    if (name === 'administrator' || account.users.has(name))
      throw new AwsError('EntityAlreadyExists', `User with name ${name} already exists.`, 409);
    const user = { id: uniqueId('AIDA'), name, arn, inlinePolicies: new Map(), accessKeys: new Map() };
    account.users.set(name, user);
    return { User: { Path: '/', UserName: name, UserId: user.id, Arn: arn, CreateDate: new Date() } };
  },
  PutUserPolicy: (_world, caller, input) => {
    requirePermission(caller, 'iam:PutUserPolicy', arnOf(caller.account, input));
    const document = parsePolicy(readPolicy(input.required('PolicyDocument')), 'identity');
    getUser(caller.account, input).inlinePolicies.set(input.required('PolicyName'), document);
    return {};
  },
  CreateAccessKey: (_world, caller, input) => {
    requirePermission(caller, 'iam:CreateAccessKey', arnOf(caller.account, input));
    const { name, accessKeys } = getUser(caller.account, input);
    const [AccessKeyId, SecretAccessKey] = [userKeyId(), randomBytes(30).toString('base64')];
    accessKeys.set(AccessKeyId, SecretAccessKey);
    return { AccessKey: { UserName: name, AccessKeyId, Status: 'Active', SecretAccessKey } };
  },
};

function arnOf(account: Account, input: QueryInput): string {
  return iamArn(account, `user/${input.required('UserName')}`);
}

function getUser({ users }: Account, input: QueryInput): User {
  const name = input.required('UserName');
  const user = users.get(name);
  if (user === undefined)
    throw new AwsError('NoSuchEntity', `The user with name ${name} cannot be found.`, 404);
  return user;
}
