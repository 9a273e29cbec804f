import { isPublished } from './aws/published.js';
import { readConfig } from './config.js';
import { ConfigError } from './config-error.js';
import { makeApp } from './http/app.js';
import { openLog } from './logs/open-log.js';
import { takeConsole } from './logs/take-console.js';
import { makeService } from './service.js';
import { stopWhenTold } from './stop.js';
import { createTableIfMissing, openDatabase } from './store/dynamodb.js';
import { readCatalogue } from './templates/catalogue.js';
import { requirePublished } from './templates/require-published.js';
import { openTraces } from './traces/traces.js';

try {
  await start();
} catch (error) {
  const line = error instanceof ConfigError ? error.message : `cannot start: ${String(error)}`;
  process.stderr.write(`${line}\n`);
  process.exit(1);
}

/** Configuration, wiring, listening, and a stop that loses nothing. */
async function start(): Promise<void> {
  const config = readConfig(process.env);
  const secrets = [config.adminApiKey, config.controlRoles?.externalId].flatMap((secret) => secret ?? []);
  const log = openLog(config.logLevel, secrets);
  takeConsole(log);
  const traces = await openTraces(process.env, log);
  const catalogue = await readCatalogue(config.trustedPrincipal, config.centralAccountId);
  const database = openDatabase(config.tableName);
  if (config.tableCreate === 'if-missing') await createTableIfMissing(database);
  if (config.templateCheck === 'at-start')
    await requirePublished({ presence: isPublished }, config.templateBaseUrl, catalogue.templates);
  for (const line of catalogue.left) log.warn(line);
  if (config.controlRoles === null) log.warn('no control roles are configured: probes are unproven');

  const service = makeService(config, catalogue, database, log, traces);
  const { publicUrl, limits } = config;
  const defaults = {
    profile: 'security-audit',
    region: config.trustedPrincipal.partition.defaultRegion,
  };
  const app = await makeApp({ service, log, traces, publicUrl, limits, defaults });
  await app.listen({ host: config.host, port: config.port }).catch((error: NodeJS.ErrnoException) => {
    throw faultOfAddress(error.code) ?? error;
  });

  service.start();

  stopWhenTold(log, async () => {
    // At once, for a request may take its time, and who waits for a stack does not.
    await Promise.all([app.close(), service.stop()]);
    // Once more, for what the last requests have begun.
    await service.stop();
    await traces.end();
    log.info('stopped');
  });
}

/** Why nobody can listen there, as a fault of the variable that says where; null where that says nothing. */
function faultOfAddress(code = ''): ConfigError | null {
  if (['EADDRINUSE', 'EACCES'].includes(code))
    return new ConfigError('PORT', `cannot be listened on (${code})`, '8080');
  if (['ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL'].includes(code))
    return new ConfigError('HOST', `is no address of this machine (${code})`, '0.0.0.0');
  return null;
}
