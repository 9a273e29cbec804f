import type { Template } from '../templates/render.js';
import { type RequirePublishedPorts, requirePublished } from '../templates/require-published.js';
import { type Finding, OK } from './finding.js';

/** Whether this version's templates are where links lead. What is missing is worth a word, and keeps nothing else from working. */
export async function checkTemplates(
  ports: RequirePublishedPorts,
  baseUrl: string,
  templates: readonly Template[],
): Promise<Finding> {
  try {
    await requirePublished(ports, baseUrl, templates);
    return OK;
  } catch (error) {
    const why = error instanceof Error ? error.message : 'They could not be asked for.';
    return { status: 'warning', detail: `Links lead to templates that clients cannot get: ${why}.` };
  }
}
