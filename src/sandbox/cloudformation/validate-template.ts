import type { XmlElements } from '../wire/xml.js';
import { nameProperties } from './capabilities.js';
import { planResources } from './plan.js';
import { checkTypes } from './prepare-stack.js';
import { parseTemplate, type Template } from './template.js';

/** ValidateTemplate: what can be told about a template without values for its parameters. Throws `ValidationError`. */
export function validateTemplate(body: string): XmlElements {
  const template = parseTemplate(body);
  planResources(template, () => true);
  checkTypes(template);
  return {
    Description: template.description,
    Parameters: [...template.parameters.values()].map((parameter) => ({
      ParameterKey: parameter.name,
      DefaultValue: parameter.default,
      NoEcho: parameter.noEcho,
      Description: parameter.description,
    })),
    ...capabilitiesOf(template),
    DeclaredTransforms: [],
  };
}

function capabilitiesOf(template: Template): XmlElements {
  const iam = [...template.resources.values()].filter(({ type }) => nameProperties.has(type));
  if (iam.length === 0) return { Capabilities: [] };
  // Whether a name is given in the end depends on the parameters; that one can be given is enough here.
  const isNamed = iam.some(
    ({ type, properties }) => properties[nameProperties.get(type) ?? ''] !== undefined,
  );
  const types = [...new Set(iam.map(({ type }) => type))];
  return {
    Capabilities: [isNamed ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM'],
    CapabilitiesReason: `The following resource(s) require capabilities: [${types.join(', ')}]`,
  };
}
