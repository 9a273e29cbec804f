import type { Adapters } from './adapters.js';
import { isPublished } from './aws/published.js';
import type { Config } from './config.js';
import { checkClock, checkCredentials, NO_ANSWER } from './readiness/check-identity.js';
import { checkProbes } from './readiness/check-probes.js';
import { checkTable } from './readiness/check-table.js';
import { checkTemplates } from './readiness/check-templates.js';
import type { Finding, Readiness } from './readiness/finding.js';
import { KEPT_FOR, keepFresh } from './readiness/keep-fresh.js';
import { type Database, describeTable } from './store/dynamodb.js';
import type { Catalogue } from './templates/catalogue.js';

interface Parts {
  readonly config: Config;
  readonly catalogue: Catalogue;
  readonly adapters: Adapters;
  readonly database: Database;
  readonly suspicion: () => string | null;
}

/** What is published stays: good news are kept longer, in milliseconds. */
const TEMPLATES_KEPT_FOR = 60_000;

/** Readiness put together: the checks side by side, each made every few seconds at most, for probes and for metrics. */
export function makeReadiness({ config, catalogue, adapters, database, suspicion }: Parts) {
  const { controls, askIdentity, stopwatch } = adapters;
  const { tableName } = database;
  const fresh = (check: () => Promise<Finding>, late: Finding, ifGood = KEPT_FOR) =>
    keepFresh(check, { late, stopwatch, keptFor: ({ status }) => (status === 'ok' ? ifGood : KEPT_FOR) });

  const identity = keepFresh(askIdentity, { late: NO_ANSWER, stopwatch });
  const table = fresh(() => checkTable({ describe: () => describeTable(database), tableName }), {
    status: 'failed',
    detail: `The table ${tableName} does not answer. See that DynamoDB can be reached from here.`,
  });
  const templates = fresh(
    () => checkTemplates({ presence: isPublished }, config.templateBaseUrl, catalogue.templates),
    {
      status: 'warning',
      detail: `${config.templateBaseUrl} does not answer: clients may not get their templates.`,
    },
    TEMPLATES_KEPT_FOR,
  );
  const probes = keepFresh(
    () => checkProbes({ controls, suspicion, areConfigured: config.controlRoles !== null }),
    {
      late: { status: 'warning', detail: 'No verdict counts: the control roles were not entered in time.' },
      // Whoever tells of the control roles remembers it already, for as long as it counts.
      keptFor: () => 0,
      stopwatch,
    },
  );

  const readiness = async (): Promise<Readiness> => {
    const [who, ...found] = await Promise.all([identity(), table(), templates(), probes()]);
    const [tableFound, templatesFound, probesFound] = found;
    return {
      checks: [
        { name: 'table', ...tableFound },
        { name: 'credentials', ...checkCredentials(who, config.trustedPrincipal) },
        { name: 'clock', ...checkClock(who) },
        { name: 'templates', ...templatesFound },
        { name: 'probes', ...probesFound },
      ],
      clockAhead: who.clockAhead,
    };
  };
  adapters.metrics.readiness(readiness);
  return readiness;
}
