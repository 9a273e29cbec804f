import type { Json, JsonObject } from '../wire/json.js';
import type { World } from '../world.js';
import type { Stack, StackResource } from './stack.js';

/** How the engine makes and deletes the resources of one type. */
export interface ResourceType {
  /** The properties it takes; `undefined` means any. */
  readonly properties: readonly string[] | undefined;
  readonly required: readonly string[];
  /** What the launcher needs to be allowed to do. */
  readonly permission: string;
  /** Makes the resource. Throws `ResourceFailure`, or an `AwsError` of the service behind it. */
  create(work: ResourceWork): Promise<Created>;
  /** Deletes it; what is gone already is well. */
  delete(work: ResourceWork): Promise<void>;
}

/** A resource that is being made or deleted. */
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

/** Why a resource could not be made or deleted, in the words of the stack's event. */
export class ResourceFailure extends Error {}
