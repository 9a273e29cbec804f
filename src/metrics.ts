import { collectDefaultMetrics, Registry } from 'prom-client';
import { countAnswers } from './metrics/answers.js';
import { countAwsCalls } from './metrics/aws-calls.js';
import { countDeliveries } from './metrics/deliveries.js';
import { countUnits } from './metrics/dynamodb-units.js';
import { countEvents } from './metrics/onboarding.js';
import { showOverdue } from './metrics/overdue.js';
import { showReadiness } from './metrics/readiness.js';
import { countRequests } from './metrics/requests.js';
import { countVerifications, showFleet } from './metrics/verifications.js';

/** How often the event loop's lag is measured, in milliseconds. */
const LAG_EVERY = 20;

/**
 * What is counted, for `/metrics`. No label names a client, an account, a token or an address: each has a handful of
 * values, all of them ours or AWS's.
 */
export function makeMetrics(now: () => number) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_EVERY });
  // Anybody may read it, and the version of Node is nobody's business.
  registry.removeSingleMetric('nodejs_version_info');
  countAwsCalls(registry);
  return {
    /** In the text format of Prometheus. */
    read: () => registry.metrics(),
    type: registry.contentType,
    units: countUnits(registry),
    events: countEvents(registry),
    overdue: showOverdue(registry, now),
    fleet: showFleet(registry),
    readiness: showReadiness(registry),
    request: countRequests(registry),
    /** What verbs tell of what they have done. */
    notes: {
      ...countDeliveries(registry, now),
      noteVerification: countVerifications(registry),
      noteAnswer: countAnswers(registry, now),
    },
  };
}
