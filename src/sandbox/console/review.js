import { call } from './call.js';
import { card, element, failure, labelled, pair } from './elements.js';

/** The quick-create form, filled in from the link's fragment. `whereTo` tells the account and the region. */
export async function reviewView(given, whereTo) {
  const templateUrl = given.get('templateURL') ?? '';
  const template = await call('GET', `/template?${new URLSearchParams({ url: templateUrl })}`);
  const name = element('input', {
    id: 'stack-name',
    value: given.get('stackName') ?? '',
    spellcheck: 'false',
  });
  const groups = template.groups.map(({ label, parameters }) => ({
    label,
    fields: parameters.map((parameter) => parameterField(parameter, given)),
  }));
  const fields = groups.flatMap((group) => group.fields);
  const acknowledge = element('input', { id: 'acknowledge', type: 'checkbox' });
  const create = element('button', { id: 'create-stack', class: 'primary', type: 'submit' }, 'Create stack');
  const outcome = element('div', { role: 'alert' });
  const form = element(
    'form',
    { novalidate: '' },
    card('Template', templateFacts(templateUrl, template)),
    card('Stack', labelled(name, 'Stack name', 'Letters, numbers and hyphens; it begins with a letter.')),
    card('Parameters', ...(groups.length > 0 ? groups.map(groupView) : [noParameters()])),
    template.needsAcknowledgement ? capabilities(acknowledge) : '',
    outcome,
    element('div', { class: 'actions' }, create),
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    create.disabled = true;
    outcome.replaceChildren();
    try {
      const { stackId } = await call('POST', '/stacks', {
        ...whereTo(),
        name: name.value,
        templateUrl,
        parameters: Object.fromEntries(fields.map(({ key, input }) => [key, input.value])),
        acknowledged: acknowledge.checked,
      });
      location.hash = `#/stacks/stackinfo?${new URLSearchParams({ stackId })}`;
    } catch (error) {
      outcome.replaceChildren(failure(error.message));
      create.disabled = false;
    }
  });
  return [element('h1', {}, 'Quick create stack'), form];
}

function templateFacts(url, { description }) {
  return element(
    'dl',
    {},
    ...pair('Template URL', element('span', { class: 'value' }, url)),
    ...(description ? pair('Description', description) : []),
  );
}

function capabilities(acknowledge) {
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

/** As at AWS, a link cannot fill in a parameter that is masked, and one that the template lacks is ignored. */
function parameterField(parameter, given) {
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
  input.value = (noEcho ? null : given.get(`param_${name}`)) ?? parameter.default ?? '';
  return { key: name, input, field: labelled(input, label, description) };
}
