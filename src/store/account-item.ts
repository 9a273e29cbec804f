import { type Account, type AwsAccountLock, isLive } from '../core/account.js';
import type { Revision } from '../core/change.js';
import { fromDocument, type Item, toDocument } from './document.js';
import { dueIndex, keyAttributes, keyOf, peopleIndex } from './keys.js';
import { longVerdict, shortVerdict, type VerdictDocument } from './verdict-shorthand.js';

/** What most accounts have not is left out. */
type Rare = 'humanRoleArn' | 'organization' | 'trying' | 'failing' | 'trustRemains' | 'rotatedTo';
type AccountDocument = Omit<Account, 'kind' | 'rev' | 'verdict' | Rare> &
  Partial<Pick<Account, Rare>> & { readonly verdict?: VerdictDocument };

export const accountItem = {
  toItem(account: Account, rev: Revision): Item {
    const {
      kind: _,
      rev: __,
      humanRoleArn,
      organization,
      trying,
      failing,
      trustRemains,
      rotatedTo,
      verdict,
      ...rest
    } = account;
    const document: AccountDocument = {
      ...rest,
      ...(humanRoleArn && { humanRoleArn }),
      ...(organization && { organization }),
      ...(trying && { trying }),
      ...(failing && { failing }),
      ...(trustRemains && { trustRemains }),
      ...(rotatedTo && { rotatedTo }),
      ...(verdict && { verdict: shortVerdict(verdict) }),
    };
    const item = {
      ...keyAttributes(keyOf(account)),
      ...toDocument(rev, document),
      ...(humanRoleArn && isLive(account) && peopleIndex(account)),
    };
    if (account.nextVerificationAt === null) return item;
    const shardBy = account.clientId + account.accountId;
    return { ...item, ...dueIndex('ACCOUNTS', shardBy, account.nextVerificationAt) };
  },
  fromItem(item: Item): Account {
    const { rev, document } = fromDocument<AccountDocument>(item);
    const { verdict, ...rest } = document;
    const usual = {
      humanRoleArn: null,
      organization: null,
      trying: null,
      failing: null,
      trustRemains: false,
      rotatedTo: null,
    };
    return { kind: 'account', rev, ...usual, ...rest, verdict: verdict ? longVerdict(verdict) : null };
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
