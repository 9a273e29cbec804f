import type { Account, AwsAccountLock } from '../core/account.js';
import type { Revision } from '../core/change.js';
import { fromDocument, type Item, toDocument } from './document.js';
import { dueIndex, keyAttributes, keyOf } from './keys.js';

type AccountDocument = Omit<Account, 'kind' | 'rev' | 'trying' | 'failing'> &
  Partial<Pick<Account, 'trying' | 'failing'>>;

export const accountItem = {
  toItem(account: Account, rev: Revision): Item {
    const { kind: _, rev: __, trying, failing, ...rest } = account;
    const document: AccountDocument = { ...rest, ...(trying && { trying }), ...(failing && { failing }) };
    const item = {
      ...keyAttributes(keyOf(account)),
      ...toDocument(rev, document),
    };
    if (account.nextVerificationAt === null) return item;
    const shardBy = account.clientId + account.accountId;
    return { ...item, ...dueIndex('ACCOUNTS', shardBy, account.nextVerificationAt) };
  },
  fromItem(item: Item): Account {
    const { rev, document } = fromDocument<AccountDocument>(item);
    return { kind: 'account', rev, trying: null, failing: null, ...document };
  },
};

type LockDocument = Omit<AwsAccountLock, 'kind' | 'rev'>;

export const awsAccountItem = {
  toItem(lock: AwsAccountLock, rev: Revision): Item {
    const { kind: _, rev: __, ...document } = lock;
    return { ...keyAttributes(keyOf(lock)), ...toDocument(rev, document) };
  },
  fromItem(item: Item): AwsAccountLock {
    const { rev, document } = fromDocument<LockDocument>(item);
    return { kind: 'aws-account', rev, ...document };
  },
};
