import type { Json, JsonObject } from '../wire/json.js';
import type { World } from '../world.js';
import type { Stack, StackResource } from './stack.js';

/** How the engine makes, changes and deletes the resources of one type. */
export interface ResourceType {
  /** The properties it takes; `undefined` means any. */
  readonly properties: readonly string[] | undefined;
  readonly required: readonly string[];
  /** Those that cannot change in place: another value makes a new resource. */
  readonly createOnly: readonly string[];
  /** The one that names the resource; a named resource cannot be replaced by one of the same name. */
  readonly nameProperty?: string;
  /** One that no update may change, and what CloudFormation says to it. */
  readonly fixed?: { readonly property: string; readonly refusal: string };
  /** Updated even where no property has changed, because what lies at its template's address may have. */
  readonly alwaysUpdated?: true;
  /**
   * Makes the resource, with the launcher's rights. Throws `ResourceFailure`, or an `AwsError` of the service behind it.
   */
  create(work: ResourceWork): Promise<Created>;
  /**
   * Changes the resource from the properties that it had to those it has now, also back again. Another physical ID
   * in the result means that a new resource has taken the place of the old one, which still has to be deleted.
   */
  update(work: ResourceWork, before: JsonObject): Promise<Created>;
  /** Deletes it; what is gone already is well. */
  delete(work: ResourceWork): Promise<void>;
  /**
   * What its properties are in the account now, in the template's form; `undefined` where it is gone. Types that
   * have no such function have no drift detection.
   */
  readonly read?: (work: Pick<ResourceWork, 'stack' | 'resource'>) => JsonObject | undefined;
}

/** A resource that is being made, changed or deleted. */
export interface ResourceWork {
  readonly world: World;
  readonly stack: Stack;
  readonly resource: StackResource;
  /** Aborted when the stack has no more use for the result. */
  readonly signal: AbortSignal;
}

export interface Created {
  readonly physicalId: string;
  /** What `Ref` gives, if it is not the physical ID. */
  readonly ref?: Json;
  readonly attributes: JsonObject;
}

/** Why a resource could not be made, changed or deleted, in the words of the stack's event. */
export class ResourceFailure extends Error {}
