import type { ParameterDeclaration } from '../cloudformation/parameter.js';
import { readTemplate } from '../cloudformation/read-template.js';
import type { Template } from '../cloudformation/template.js';
import { isList, isObject, type Json } from '../wire/json.js';

/** Parameters that the page shows together; the last group, of those that none names, has no label. */
export interface ParameterGroup {
  readonly label: string | undefined;
  readonly parameters: readonly (ParameterDeclaration & { readonly label: string })[];
}

/** The groups and labels that a template asks for in its metadata, under AWS::CloudFormation::Interface. */
export function parameterGroups(template: Template): ParameterGroup[] {
  const asked = field(field(readTemplate(template.body), 'Metadata'), 'AWS::CloudFormation::Interface');
  const labels = field(asked, 'ParameterLabels');
  const left = new Map(template.parameters);
  const take = (names: readonly string[]): ParameterGroup['parameters'] =>
    names.flatMap((name) => {
      const parameter = left.get(name);
      left.delete(name);
      return parameter === undefined ? [] : [{ ...parameter, label: labelOf(field(labels, name)) ?? name }];
    });
  const groups = list(field(asked, 'ParameterGroups')).map((group) => ({
    label: labelOf(field(group, 'Label')),
    parameters: take(list(field(group, 'Parameters')).map(String)),
  }));
  const rest = { label: undefined, parameters: take([...left.keys()]) };
  return [...groups, rest].filter(({ parameters }) => parameters.length > 0);
}

function labelOf(value: Json | undefined): string | undefined {
  const text = field(value, 'default');
  return typeof text === 'string' ? text : undefined;
}

function field(value: Json | undefined, name: string): Json | undefined {
  return isObject(value) ? value[name] : undefined;
}

function list(value: Json | undefined): readonly Json[] {
  return isList(value) ? value : [];
}
