import { isList, isObject, type Json, type JsonObject } from '../../wire/json.js';
import { Properties } from '../properties.js';
import { ResourceFailure, type ResourceWork } from '../resource-type.js';
import { templateSource } from '../template-source.js';
import { type OperationPreferences, readPreferences } from './preferences.js';
import { refused } from './refusal.js';

/** What a stack set is to be. */
export interface StackSetDefinition {
  readonly templateBody: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly capabilities: readonly string[];
  readonly tags: ReadonlyMap<string, string>;
  readonly autoDeployment: { readonly enabled: boolean; readonly retainsStacks: boolean };
  readonly preferences: OperationPreferences;
  readonly groups: readonly TargetGroup[];
}

/** Accounts below units or the root, each in every one of the regions. */
export interface TargetGroup {
  readonly unitIds: readonly string[];
  readonly regions: readonly string[];
}

/**
 * Reads the properties of an AWS::CloudFormation::StackSet. Throws what CloudFormation says to a wrong one, and in
 * the sandbox's words what only the sandbox refuses. Source: AWS's schema of the type.
 */
export function readDefinition({ world, stack, resource }: ResourceWork): StackSetDefinition {
  const properties = new Properties(resource);
  if (properties.text('PermissionModel') !== 'SERVICE_MANAGED') {
    throw new ResourceFailure('The sandbox knows stack sets with PermissionModel SERVICE_MANAGED only');
  }
  if ((properties.text('CallAs') ?? 'SELF') !== 'SELF') {
    throw refused('Account used is not a delegated administrator');
  }
  const given = { body: properties.text('TemplateBody'), url: properties.text('TemplateURL') };
  const autoDeployment = properties.raw('AutoDeployment');
  return {
    templateBody: templateSource(world, given, stack.launcher),
    parameters: pairs(properties.objects('Parameters'), 'ParameterKey', 'ParameterValue'),
    capabilities: properties.texts('Capabilities'),
    tags: new Map([...stack.tags, ...pairs(properties.objects('Tags'), 'Key', 'Value')]),
    autoDeployment: {
      enabled: flag(autoDeployment, 'Enabled'),
      retainsStacks: flag(autoDeployment, 'RetainStacksOnAccountRemoval'),
    },
    preferences: readPreferences(properties.raw('OperationPreferences')),
    groups: properties
      .objects('StackInstancesGroup')
      .map((group, at) => readGroup(group, at, resource.planned.declaration.logicalId)),
  };
}

function readGroup(group: JsonObject, at: number, logicalId: string): TargetGroup {
  const { DeploymentTargets: targets, Regions: regions, ParameterOverrides: overrides } = group;
  if (overrides !== undefined) throw new ResourceFailure('The sandbox knows no ParameterOverrides');
  const { OrganizationalUnitIds: unitIds, ...others } = isObject(targets) ? targets : {};
  if (unitIds === undefined) {
    throw refused(
      'StackSets with SERVICE_MANAGED permission model can only have OrganizationalUnit as target',
    );
  }
  const [other] = Object.keys(others);
  if (other !== undefined) throw new ResourceFailure(`The sandbox knows no ${other} in DeploymentTargets`);
  const path = `#/StackInstancesGroup/${at}`;
  return {
    unitIds: texts(unitIds, `${path}/DeploymentTargets/OrganizationalUnitIds`, unitPattern, logicalId),
    regions: texts(regions, `${path}/Regions`, regionPattern, logicalId),
  };
}

const unitPattern = '^(ou-[a-z0-9]{4,32}-[a-z0-9]{8,32}|r-[a-z0-9]{4,32})$';
const regionPattern = '^[a-zA-Z0-9-]{1,128}$';

function texts(value: Json | undefined, path: string, pattern: string, logicalId: string): string[] {
  const list = isList(value) ? value.map(String) : [];
  if (list.length === 0) throw invalid(logicalId, `${path}: expected minimum item count: 1, found: 0`);
  const wrong = list.findIndex((each) => !new RegExp(pattern).test(each));
  if (wrong < 0) return list;
  throw invalid(logicalId, `${path}/${wrong}: string [${list[wrong]}] does not match pattern ${pattern}`);
}

function invalid(logicalId: string, fault: string): ResourceFailure {
  return new ResourceFailure(
    `Properties validation failed for resource ${logicalId} with message:\n[${fault}]`,
  );
}

function pairs(entries: readonly JsonObject[], key: string, value: string): ReadonlyMap<string, string> {
  return new Map(entries.map((entry) => [String(entry[key]), String(entry[value] ?? '')]));
}

function flag(value: Json | undefined, name: string): boolean {
  return isObject(value) && String(value[name] ?? false) === 'true';
}
