import type { Caller } from '../identity/caller.js';
import type { Json } from '../wire/json.js';
import type { World } from '../world.js';
import type { ReadInput } from './input.js';

/** An operation that only reads, mostly of a service of which the sandbox has nothing to show. */
export interface ReadOperation {
  /** The permission that it needs. */
  readonly action: string;
  /** How large a page may be asked for: the parameter's name, the least and the most. */
  readonly page?: readonly [name: string, least: number, most: number];
  /** Parameters that have to be there. */
  readonly required?: readonly string[];
  /** What it answers where there is nothing: the names of lists that are empty. */
  readonly empty: readonly string[];
  /** Answers where the sandbox has something to show; a service that speaks JSON only. Throws the service's errors. */
  readonly answer?: (world: World, caller: Caller, input: ReadInput) => Json;
}

/** A service that is read from, by one of AWS's protocols. */
export type ReadService =
  | { readonly protocol: 'query' | 'ec2'; readonly version: string; readonly operations: Operations }
  /** Operations are named in a header, after the service's own name. */
  | { readonly protocol: 'json'; readonly target: string; readonly operations: Operations }
  /** Operations are paths. */
  | { readonly protocol: 'rest'; readonly operations: Operations };

type Operations = ReadonlyMap<string, ReadOperation>;
