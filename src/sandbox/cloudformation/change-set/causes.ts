import { isDeepStrictEqual } from 'node:util';
import type { Json } from '../../wire/json.js';
import { references } from '../references.js';
import type { Stack } from '../stack.js';

/** Why one property changes. Source: CloudFormation API Reference, "ResourceChangeDetail". */
export interface ChangeDetail {
  readonly attribute: 'Properties' | 'Tags';
  readonly name: string | undefined;
  readonly recreation: 'Always' | 'Never' | undefined;
  /** `Dynamic` where the value is known only when the change is made. */
  readonly evaluation: 'Static' | 'Dynamic';
  readonly source:
    | 'DirectModification'
    | 'ParameterReference'
    | 'ResourceReference'
    | 'ResourceAttribute'
    | 'Automatic';
  /** The parameter or the resource, `Id` or `Id.Attribute`, that makes the property change. */
  readonly cause: string | undefined;
}

/** What becomes of a resource that others refer to: the new ones have another ID and other attributes. */
export type Fate = 'new' | 'modified';

/** A property that changes, as the template has it and as the stack's template had it. */
export interface ChangedProperty {
  readonly name: string;
  readonly recreation: 'Always' | 'Never';
  readonly raw: Json | undefined;
  readonly before: Json | undefined;
}

/** All that makes a property change, `values` being what the parameters are to be. */
export function causesOf(
  stack: Stack,
  values: ReadonlyMap<string, string>,
  { name, recreation, raw, before }: ChangedProperty,
  fates: ReadonlyMap<string, Fate>,
): ChangeDetail[] {
  const { template, parameters } = stack;
  const attribute = name === 'Tags' ? 'Tags' : 'Properties';
  const detail = (
    source: ChangeDetail['source'],
    evaluation: ChangeDetail['evaluation'] = 'Static',
    cause?: string,
  ): ChangeDetail => ({ attribute, name, recreation, evaluation, source, cause });
  const found = references(raw ?? null).flatMap((reference): ChangeDetail[] => {
    const { kind, name, attribute } = reference;
    if (kind === 'condition') return [];
    const fate = fates.get(name);
    if (kind === 'attribute' && fate !== undefined)
      return [detail('ResourceAttribute', 'Dynamic', `${name}.${attribute}`)];
    if (fate === 'new') return [detail('ResourceReference', 'Dynamic', name)];
    const isParameter = kind === 'ref' && template.parameters.has(name);
    const isChanged = isParameter && values.get(name) !== parameters.get(name);
    return isChanged ? [detail('ParameterReference', 'Static', name)] : [];
  });
  // Where nothing that it refers to has changed, the template did, or a condition that decides in it.
  const isDirect = !isDeepStrictEqual(raw, before) || found.length === 0;
  return isDirect ? [detail('DirectModification'), ...found] : found;
}
