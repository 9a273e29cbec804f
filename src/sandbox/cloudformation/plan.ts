import { validationError } from '../wire/aws-error.js';
import type { Json } from '../wire/json.js';
import { templateError } from './read-template.js';
import { references } from './references.js';
import type { ResourceDeclaration, Template } from './template.js';

/** A resource to make, with the logical IDs of those that have to exist before it. */
export interface PlannedResource {
  readonly declaration: ResourceDeclaration;
  readonly after: readonly string[];
}

/**
 * The resources that a template makes under its conditions, each after what it depends on, by DependsOn or by a
 * reference. Throws `ValidationError` on names that lead nowhere and on circles.
 */
export function planResources(template: Template, condition: (name: string) => boolean): PlannedResource[] {
  checkReferences(template);
  const active = [...template.resources.values()].filter(
    (each) => each.condition === undefined || condition(each.condition),
  );
  const ids = new Set(active.map((each) => each.logicalId));
  const waiting = active.map((declaration) => ({
    declaration,
    after: dependencies(declaration).filter((id) => ids.has(id)),
  }));
  const planned: PlannedResource[] = [];
  const done = new Set<string>();
  while (planned.length < waiting.length) {
    const ready = waiting.filter(
      ({ declaration, after }) => !done.has(declaration.logicalId) && after.every((id) => done.has(id)),
    );
    if (ready.length === 0) {
      const stuck = [...ids].filter((id) => !done.has(id));
      throw validationError(`Circular dependency between resources: [${stuck.join(', ')}]`);
    }
    planned.push(...ready);
    for (const { declaration } of ready) done.add(declaration.logicalId);
  }
  return planned;
}

function dependencies(declaration: ResourceDeclaration): string[] {
  const implicit = references(declaration.properties)
    .filter(({ kind }) => kind !== 'condition')
    .map(({ name }) => name);
  return [...new Set([...declaration.dependsOn, ...implicit])];
}

function checkReferences(template: Template): void {
  for (const resource of template.resources.values()) {
    const unknown = resource.dependsOn.filter((id) => !template.resources.has(id));
    if (unknown.length > 0) throw unresolved(unknown, 'Resources');
    checkValue(template, resource.properties, 'Resources', resource.condition);
  }
  for (const output of template.outputs.values()) {
    checkValue(template, output.value, 'Outputs', output.condition);
  }
  for (const condition of Object.values(template.conditions)) {
    checkValue(template, condition, 'Conditions', undefined);
  }
}

function checkValue(template: Template, value: Json, block: string, condition: string | undefined): void {
  const all = references(value);
  const unknownRefs = all.filter(({ kind, name }) => kind === 'ref' && !isKnown(template, name));
  if (unknownRefs.length > 0) throw unresolved([...new Set(unknownRefs.map(({ name }) => name))], block);
  for (const { kind, name } of all) {
    if (kind === 'attribute' && !template.resources.has(name)) {
      throw validationError(`Template error: instance of Fn::GetAtt references undefined resource ${name}`);
    }
  }
  const conditions = all.filter(({ kind }) => kind === 'condition').map(({ name }) => name);
  if (condition !== undefined) conditions.push(condition);
  const unknown = conditions.find((name) => !Object.hasOwn(template.conditions, name));
  // Inside a policy document "Condition" is a word of IAM's, and holds an object; so a text is meant for us.
  if (unknown !== undefined)
    throw templateError(`Unresolved condition dependency ${unknown} in the ${block} block of the template`);
}

function isKnown(template: Template, name: string): boolean {
  return template.parameters.has(name) || template.resources.has(name) || name.startsWith('AWS::');
}

function unresolved(names: readonly string[], block: string): Error {
  return templateError(
    `Unresolved resource dependencies [${names.join(', ')}] in the ${block} block of the template`,
  );
}
