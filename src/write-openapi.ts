import { writeFile } from 'node:fs/promises';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { readConfig } from './config.js';
import { makeApp } from './http/app.js';
import { makeService } from './service.js';
import { openDatabase } from './store/dynamodb.js';
import { readCatalogue } from './templates/catalogue.js';

// npm run openapi: writes openapi/openapi.json and .yaml from the routes' own schemas.
const config = readConfig({
  TRUSTED_PRINCIPAL_ARN: 'arn:aws:iam::111122223333:role/RolecallService',
  TEMPLATE_BASE_URL: 'https://rolecall-templates.s3.us-east-1.amazonaws.com/v1',
});
const log = pino({ level: 'silent' });
const catalogue = await readCatalogue(config.trustedPrincipal, config.centralAccountId);
const service = makeService(config, catalogue, openDatabase(config.tableName), log);
const defaults = {
  profile: 'security-audit',
  region: config.trustedPrincipal.partition.defaultRegion,
};
const app = await makeApp({
  service,
  log,
  publicUrl: config.publicUrl,
  limits: config.limits,
  defaults,
});
await app.ready();
const document = app.swagger();
const folder = new URL('../openapi/', import.meta.url);
await writeFile(new URL('openapi.json', folder), `${JSON.stringify(document, null, 2)}\n`);
await writeFile(new URL('openapi.yaml', folder), stringify(document, { aliasDuplicateObjects: false }));
await app.close();
