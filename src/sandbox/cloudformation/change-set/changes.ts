import { isDeepStrictEqual } from 'node:util';
import { typeOf } from '../create-resource.js';
import { evaluate, type Scope } from '../intrinsics.js';
import type { PlannedResource } from '../plan.js';
import { made, unmade } from '../prepare-stack.js';
import { makeScope, type ResourceValues, type Surroundings } from '../scope.js';
import type { Stack, StackResource } from '../stack.js';
import { type ChangeDetail, causesOf, type Fate } from './causes.js';

/** What a change set does to one resource. */
export interface ResourceChange {
  readonly action: 'Add' | 'Modify' | 'Remove';
  readonly logicalId: string;
  readonly physicalId: string | undefined;
  readonly type: string;
  readonly replacement: 'True' | 'False' | 'Conditional' | undefined;
  readonly policyAction: 'Delete' | 'Retain' | 'ReplaceAndDelete' | undefined;
  readonly scope: readonly ('Properties' | 'Tags')[];
  readonly details: readonly ChangeDetail[];
  /** The ID of the nested stack's own change set, where there is one. */
  readonly changeSetId?: string | undefined;
}

/** Whether a nested stack changes; where nobody looked into it, it may. */
export type LookInto = (planned: PlannedResource, scope: Scope) => { changes: boolean; changeSetId?: string };

/** The changes that make a stack what `planned` says, in the order in which they would be made. Throws `ValidationError`. */
export function changesOf(
  stack: Stack,
  surroundings: Surroundings,
  planned: readonly PlannedResource[],
  lookInto: LookInto,
): ResourceChange[] {
  const fates = new Map<string, Fate>();
  const scope = makeScope(surroundings, foreseen(stack, fates));
  const modified = (known: StackResource, { declaration }: PlannedResource): ResourceChange | undefined => {
    const type = typeOf(declaration);
    const before = known.planned.declaration.properties;
    const names = new Set([...Object.keys(before), ...Object.keys(declaration.properties)]);
    const details = [...names].flatMap((name) => {
      const raw = declaration.properties[name];
      const value = raw === undefined ? undefined : evaluate(raw, scope);
      if (isDeepStrictEqual(value, known.properties[name])) return [];
      const recreation = type.createOnly.includes(name) ? 'Always' : 'Never';
      const property = { name, recreation, raw, before: before[name] } as const;
      return causesOf(stack, surroundings.parameters, property, fates);
    });
    return details.length === 0 ? undefined : modifiedBy(known, details);
  };
  const changes = planned.flatMap((each) => {
    const { logicalId, type } = each.declaration;
    const known = stack.resources.get(logicalId);
    const nested = typeOf(each.declaration).alwaysUpdated === true ? lookInto(each, scope) : undefined;
    const change = known === undefined ? added(logicalId, type) : modified(known, each);
    const seen = change ?? (nested?.changes === true && known !== undefined ? visited(known) : undefined);
    if (seen === undefined) return [];
    fates.set(logicalId, fateOf(seen));
    return [{ ...seen, changeSetId: nested?.changeSetId }];
  });
  const kept = new Set(planned.map(({ declaration }) => declaration.logicalId));
  const removed = [...stack.resources].filter(([logicalId]) => !kept.has(logicalId));
  return [...changes, ...removed.map(([, each]) => removedChange(each))];
}

function modifiedBy(known: StackResource, details: readonly ChangeDetail[]): ResourceChange {
  const replacement = replacementOf(details);
  return {
    ...modify(known),
    replacement,
    policyAction: replacement === 'False' ? undefined : 'ReplaceAndDelete',
    scope: [...new Set(details.map(({ attribute }) => attribute))],
    details,
  };
}

/** A property that cannot change in place makes another resource, if it is certain to change. */
function replacementOf(details: readonly ChangeDetail[]): 'True' | 'False' | 'Conditional' {
  const telling = details.filter(({ recreation }) => recreation === 'Always');
  if (telling.length === 0) return 'False';
  return telling.some(({ evaluation }) => evaluation === 'Static') ? 'True' : 'Conditional';
}

function added(logicalId: string, type: string): ResourceChange {
  const nothing = { physicalId: undefined, replacement: undefined, policyAction: undefined };
  return { action: 'Add', logicalId, type, ...nothing, scope: [], details: [] };
}

function removedChange(known: StackResource): ResourceChange {
  const policyAction = known.planned.declaration.retain ? 'Retain' : 'Delete';
  return { ...modify(known), action: 'Remove', replacement: undefined, policyAction };
}

/** A nested stack none of whose properties changes; its template may have changed where it lies. */
function visited(known: StackResource): ResourceChange {
  const detail: ChangeDetail = {
    attribute: 'Properties',
    name: undefined,
    recreation: undefined,
    evaluation: 'Dynamic',
    source: 'Automatic',
    cause: undefined,
  };
  return { ...modify(known), scope: ['Properties'], details: [detail] };
}

function modify({ planned, physicalId }: StackResource): ResourceChange {
  const { logicalId, type } = planned.declaration;
  const facts = { action: 'Modify', logicalId, physicalId, type } as const;
  return { ...facts, replacement: 'False', policyAction: undefined, scope: [], details: [] };
}

function fateOf({ action, replacement }: ResourceChange): Fate {
  return action === 'Add' || replacement !== 'False' ? 'new' : 'modified';
}

/** What can be told of the resources' values: those of new ones, and attributes of changed ones, cannot. */
function foreseen(stack: Stack, fates: ReadonlyMap<string, Fate>): ResourceValues {
  const now = made(stack.resources);
  const isThere = (logicalId: string): boolean => stack.resources.has(logicalId);
  return {
    ref: (logicalId) => (isThere(logicalId) && fates.get(logicalId) !== 'new' ? now : unmade).ref(logicalId),
    attribute: (logicalId, attribute) =>
      (isThere(logicalId) && !fates.has(logicalId) ? now : unmade).attribute(logicalId, attribute),
  };
}
