import { checkCapabilities } from './capabilities.js';
import { type PlannedResource, planResources } from './plan.js';
import { templateError } from './read-template.js';
import { findResourceType } from './resource-types.js';
import { makeScope, type ResourceValues, type Surroundings } from './scope.js';
import type { StackResource } from './stack.js';
import type { Template } from './template.js';

/**
 * The resources that a template makes here, in order. Throws what CloudFormation refuses before it touches anything:
 * a broken template, unknown types, a capability that nobody acknowledged.
 */
export function prepareStack(surroundings: Surroundings, capabilities: readonly string[]): PlannedResource[] {
  const scope = makeScope(surroundings, unmade);
  const planned = planResources(surroundings.template, scope.condition);
  checkTypes(surroundings.template);
  checkCapabilities(planned, scope, capabilities);
  return planned;
}

/** Stands for the values of resources while none is made: whether a name is given can be told without them. */
export const unmade: ResourceValues = {
  ref: (logicalId) => `(${logicalId})`,
  attribute: (logicalId, attribute) => `(${logicalId}.${attribute})`,
};

/** The values of the resources that there are by now. */
export function made(resources: ReadonlyMap<string, StackResource>): ResourceValues {
  return {
    ref: (logicalId) => resources.get(logicalId)?.ref,
    attribute: (logicalId, attribute) => resources.get(logicalId)?.attributes[attribute],
  };
}

/** A resource of which nothing exists yet. */
export function plannedResource(planned: PlannedResource): StackResource {
  return {
    planned,
    physicalId: undefined,
    status: 'PLANNED',
    statusReason: undefined,
    changedAt: new Date(),
    properties: {},
    ref: undefined,
    attributes: {},
  };
}

/** Throws `ValidationError` if a template has types of resources that the sandbox does not know. */
export function checkTypes(template: Template): void {
  const types = [...template.resources.values()].map(({ type }) => type);
  const unknown = [...new Set(types)].filter((type) => findResourceType(type) === undefined);
  if (unknown.length > 0) throw templateError(`Unrecognized resource types: [${unknown.join(', ')}]`);
}
