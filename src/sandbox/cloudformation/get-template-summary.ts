import type { XmlElements } from '../wire/xml.js';
import { parseTemplate } from './template.js';
import { validateTemplate } from './validate-template.js';

/** GetTemplateSummary: what the console asks before it shows a template's parameters. Throws `ValidationError`. */
export function getTemplateSummary(body: string): XmlElements {
  const { parameters, resources } = parseTemplate(body);
  return {
    ...validateTemplate(body),
    Parameters: [...parameters.values()].map((parameter) => ({
      ParameterKey: parameter.name,
      DefaultValue: parameter.default,
      ParameterType: parameter.type,
      NoEcho: parameter.noEcho,
      Description: parameter.description,
      ParameterConstraints: { AllowedValues: [...(parameter.allowedValues ?? [])] },
    })),
    ResourceTypes: [...new Set([...resources.values()].map(({ type }) => type))],
    Version: '2010-09-09',
  };
}
