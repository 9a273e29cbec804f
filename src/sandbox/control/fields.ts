import { featureSets, type Organization } from '../organizations/organization.js';
import { validationError } from '../wire/aws-error.js';
import type { Json, JsonObject } from '../wire/json.js';

/** Throws where a request has fields beside those that are known. */
export function refuseOthers(others: JsonObject): void {
  const unknown = Object.keys(others);
  if (unknown.length > 0) throw validationError(`unknown field ${unknown.join(', ')}`);
}

/** Reads an organization's features, which default to `fallback`. */
export function readFeatures(
  value: Json | undefined,
  fallback: Organization['features'],
): Organization['features'] {
  const known = featureSets.find((each) => each === (value ?? fallback));
  if (known === undefined) throw validationError(`features is one of ${featureSets.join(', ')}`);
  return known;
}

/** Reads whether stack sets are trusted, which defaults to `fallback`. */
export function readTrustedAccess(value: Json | undefined, fallback: boolean): boolean {
  const given = value ?? fallback;
  if (typeof given !== 'boolean') throw validationError('trustedAccess is true or false');
  return given;
}
