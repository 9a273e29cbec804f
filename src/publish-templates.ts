import { openTemplateBucket } from './aws/template-bucket.js';
import { readConfig } from './config.js';
import { ConfigError } from './config-error.js';
import { readCatalogue, templatePath } from './templates/catalogue.js';

// npm run templates:publish: puts every template of this version into the bucket, where it stays unchanged.
try {
  const config = readConfig(process.env);
  const catalogue = await readCatalogue(config.trustedPrincipal);
  const bucket = openTemplateBucket(config.templateBaseUrl, config.simulatorOrigin);
  for (const template of catalogue.templates) {
    const path = templatePath(template);
    const isNew = await bucket.publish(path, template.body);
    process.stdout.write(`${isNew ? 'published' : 'unchanged'}  ${config.templateBaseUrl}/${path}\n`);
  }
} catch (error) {
  process.stderr.write(
    `${error instanceof ConfigError ? error.message : `cannot publish: ${String(error)}`}\n`,
  );
  process.exit(1);
}
