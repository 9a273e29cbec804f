import {
  AWSOrganizationsNotInUseException,
  DescribeOrganizationCommand,
  OrganizationsClient,
  type OrganizationsClientConfig,
  paginateListAccounts,
} from '@aws-sdk/client-organizations';
import type { Session } from '../onboarding/verify-account.js';
import { tellsCalls } from '../seeing/aws-call.js';
import { outcomeOf } from './denial.js';

/** How long a whole list may take, in milliseconds: ten thousand accounts are five hundred pages. */
const LIST_FOR = 90_000;
/** AWS Organizations throttles soon, and one page that fails fails the list. */
const MOST_ATTEMPTS = 8;
/** Source: AWS Organizations API Reference, ListAccounts, `MaxResults`. */
const PAGE = 20;

/**
 * Asks AWS Organizations by a session of a client's role. The SDK knows the partition's one endpoint by the region.
 *
 * An account is active by its `State`; partitions that do not tell that yet tell `Status`.
 * Source: AWS Organizations API Reference, DescribeOrganization, ListAccounts, Account.
 */
export function askOrganization(
  settings: OrganizationsClientConfig,
): Pick<Session, 'organization' | 'activeAccounts'> {
  const open = () => tellsCalls(new OrganizationsClient({ ...settings, maxAttempts: MOST_ATTEMPTS }));

  return {
    async organization() {
      try {
        const { Organization } = await open().send(new DescribeOrganizationCommand({}));
        const { MasterAccountId = '', FeatureSet } = Organization ?? {};
        return {
          outcome: 'read',
          value: { managementAccountId: MasterAccountId, hasAllFeatures: FeatureSet === 'ALL' },
        };
      } catch (error) {
        if (error instanceof AWSOrganizationsNotInUseException) return { outcome: 'read', value: null };
        return outcomeOf(error);
      }
    },

    async activeAccounts() {
      try {
        const active = new Set<string>();
        const until = AbortSignal.timeout(LIST_FOR);
        for await (const { Accounts = [] } of paginateListAccounts({ client: open(), pageSize: PAGE }, {})) {
          for (const { Id, State, Status } of Accounts)
            if (Id !== undefined && (State ?? Status) === 'ACTIVE') active.add(Id);
          until.throwIfAborted();
        }
        return { outcome: 'read', value: active };
      } catch (error) {
        return outcomeOf(error);
      }
    },
  };
}
