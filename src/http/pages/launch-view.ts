import type { OpenLaunch } from '../../onboarding/open-launch.js';
import type { Service } from '../../service.js';
import type { LaunchPageView } from './launch.js';

/** What a launch page shows of an open launch, with what this deployment adds. */
export function launchPageView(service: Service, open: OpenLaunch): LaunchPageView {
  const { links, templateUrl } = service.launchView(open.client, open.launch, open.token);
  const { name: operatorName, accountId: trustedAccountId } = service.operator;
  const profile = service.profile(open.client);
  return { ...open, links, templateUrl, profile, operatorName, trustedAccountId, now: service.now() };
}
