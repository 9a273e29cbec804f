import { isLive } from '../../core/account.js';
import { parseStackId } from '../../core/stack-id.js';
import type { OpenLaunch } from '../../onboarding/open-launch.js';
import type { Service } from '../../service.js';
import type { LaunchPageView, Update } from './launch.js';
import { readableCommand } from './launch-facts.js';
import { currentAccount } from './launch-state.js';
import { letterhead } from './letterhead.js';
import { placeStack } from './region-choice.js';

/** What a launch page shows of an open launch, with what this deployment adds and where the stack is to be. */
export function launchPageView(
  service: Service,
  open: OpenLaunch,
  region: string | null = null,
): LaunchPageView {
  const { launch, choice, query } = placeStack(open.launch, service.partition, region);
  const { links, templateUrl } = service.launchView(open.client, launch, open.token);
  const { accountId: trustedAccountId } = service.operator;
  const profile = service.profile(open.client);
  const now = service.now();
  return {
    ...{
      ...open,
      launch,
      choice,
      query,
      links,
      templateUrl,
      profile,
      ...letterhead(service),
      trustedAccountId,
      now,
    },
    update: updateOf(service, open, templateUrl),
  };
}

/** How the stack of the page's account gets to the template of today, where it is connected by an older one. */
function updateOf(service: Service, open: OpenLaunch, templateUrl: string | null): Update | null {
  const account = currentAccount(open);
  if (account === undefined || !isLive(account)) return null;
  const { updateCommand: command } = service.accountView(open.client, account);
  const stack = parseStackId(account.stackId ?? '');
  if (command === null || stack === null || templateUrl === null) return null;
  const { region, name: stackName } = stack;
  return { ...{ region, stackName, templateUrl }, command: readableCommand(command) };
}
