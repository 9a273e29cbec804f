import { templatePath } from './catalogue.js';
import { makeManifest } from './manifest.js';
import type { Template } from './render.js';

export interface RequirePublishedPorts {
  readonly presence: (url: string) => Promise<'there' | 'missing' | 'unreachable'>;
}

/**
 * Throws where one of this version's templates, or their manifest, is not published: links would lead clients to
 * what is not there. The manifest is uploaded last, so a publishing that broke off is noticed as well.
 */
export async function requirePublished(
  { presence }: RequirePublishedPorts,
  baseUrl: string,
  templates: readonly Template[],
): Promise<void> {
  const paths = [...templates.map(templatePath), makeManifest(templates).path];
  const urls = paths.map((path) => `${baseUrl}/${path}`);
  const found = await Promise.all(urls.map(async (url) => ({ url, is: await presence(url) })));
  const lacking = found.find(({ is }) => is !== 'there');
  if (lacking === undefined) return;
  const fault = lacking.is === 'missing' ? 'is not published' : 'cannot be reached';
  throw new Error(`${lacking.url} ${fault}; run: npm run templates:publish (or set TEMPLATE_CHECK=skip)`);
}
