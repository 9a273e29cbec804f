import { openTemplateBucket } from './aws/template-bucket.js';
import { openTemplateValidation } from './aws/template-validation.js';
import { readConfig } from './config.js';
import { ConfigError } from './config-error.js';
import { readCatalogue } from './templates/catalogue.js';
import { manifestTable } from './templates/manifest.js';
import { publishTemplates } from './templates/publish.js';

// npm run templates:publish: puts every template of this version into the bucket, where it stays unchanged. People
// read the table, on standard error; programs the manifest, on standard output.
try {
  const { templateBaseUrl, trustedPrincipal, simulatorOrigin, centralAccountId } = readConfig(process.env);
  const catalogue = await readCatalogue(trustedPrincipal, centralAccountId);
  const ports = {
    ...openTemplateBucket(templateBaseUrl, trustedPrincipal.partition, simulatorOrigin),
    validate: openTemplateValidation(),
    url: (path: string) => `${templateBaseUrl}/${path}`,
  };
  const { manifest, outcomes } = await publishTemplates(ports, catalogue.templates);
  const uploaded = [...outcomes.values()].filter((outcome) => outcome === 'published').length;
  const summary =
    uploaded === 0 ? 'Nothing was uploaded: all of it was there already.' : `Objects uploaded: ${uploaded}.`;
  const address = ports.url(manifest.path);
  process.stderr.write(`${manifestTable(manifest, outcomes)}\n\n${summary} The manifest is ${address}\n`);
  process.stdout.write(manifest.body);
} catch (error) {
  process.stderr.write(
    `${error instanceof ConfigError ? error.message : `cannot publish: ${String(error)}`}\n`,
  );
  process.exitCode = 1;
}
