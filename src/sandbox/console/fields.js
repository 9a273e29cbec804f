import { card, element, labelled } from './elements.js';

/** The parameters of a template as inputs, in their groups. `firstValueOf` tells what stands in each at first. */
export function parameterFields(template, firstValueOf) {
  const groups = template.groups.map(({ label, parameters }) => ({
    label,
    fields: parameters.map((parameter) => parameterField(parameter, firstValueOf(parameter))),
  }));
  const views = groups.length > 0 ? groups.map(groupView) : [noParameters()];
  return { fields: groups.flatMap((group) => group.fields), view: card('Parameters', ...views) };
}

/** The box by which a person acknowledges what the template makes. */
export function capabilities(acknowledge) {
  const why = 'This template contains IAM resources, which can give others access to the account.';
  const words = 'I acknowledge that AWS CloudFormation might create IAM resources.';
  return card(
    'Capabilities',
    element('p', { class: 'muted' }, why),
    element('label', { class: 'acknowledge', for: 'acknowledge' }, acknowledge, words),
  );
}

function groupView({ label, fields }) {
  const content = fields.map(({ field }) => field);
  return element('div', { class: 'group' }, label ? element('h3', {}, label) : '', ...content);
}

function noParameters() {
  return element('p', { class: 'muted' }, 'This template has no parameters.');
}

function parameterField(parameter, value) {
  const { name, label, description, noEcho, allowedValues } = parameter;
  const id = `param-${name}`;
  const input = allowedValues
    ? element('select', { id }, ...allowedValues.map((each) => element('option', {}, each)))
    : element('input', {
        id,
        type: noEcho ? 'password' : 'text',
        spellcheck: 'false',
        autocomplete: 'off',
      });
  input.value = value;
  return { parameter, input, field: labelled(input, label, description) };
}
