import { randomBytes } from 'node:crypto';
import { userKeyId } from '../identity/unique-id.js';
import { AwsError } from '../wire/aws-error.js';
import type { QueryAction } from '../wire/query.js';
import { page } from './page.js';
import { checkQuota } from './quota.js';
import { openUser } from './user-actions.js';

/** The operations of IAM on the keys that users sign with. */
export const accessKeyActions: Readonly<Record<string, QueryAction>> = {
  CreateAccessKey: (_world, caller, input) => {
    const { name, accessKeys } = openUser(caller, input, 'iam:CreateAccessKey');
    checkQuota('AccessKeysPerUser', accessKeys.size + 1);
    const [id, secret, createdAt] = [userKeyId(), randomBytes(30).toString('base64'), new Date()];
    accessKeys.set(id, { secret, createdAt });
    const key = { UserName: name, AccessKeyId: id, Status: 'Active', CreateDate: createdAt };
    return { AccessKey: { ...key, SecretAccessKey: secret } };
  },
  ListAccessKeys: (_world, caller, input) => {
    const { name, accessKeys } = openUser(caller, input, 'iam:ListAccessKeys');
    return page(input, 'AccessKeyMetadata', [...accessKeys], ([id, { createdAt }]) => {
      return { UserName: name, AccessKeyId: id, Status: 'Active', CreateDate: createdAt };
    });
  },
  DeleteAccessKey: (_world, caller, input) => {
    const { accessKeys } = openUser(caller, input, 'iam:DeleteAccessKey');
    const id = input.required('AccessKeyId');
    if (!accessKeys.delete(id)) {
      throw new AwsError('NoSuchEntity', `The Access Key with id ${id} cannot be found.`, 404);
    }
    return {};
  },
};
