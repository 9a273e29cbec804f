import { call } from './call.js';
import { card, element, failure, labelled, pair } from './elements.js';
import { capabilities, parameterFields } from './fields.js';

/** The quick-create form, filled in from the link's fragment. `whereTo` tells the account and the region. */
export async function reviewView(given, whereTo) {
  const templateUrl = given.get('templateURL') ?? '';
  const template = await call('GET', `/template?${new URLSearchParams({ url: templateUrl })}`);
  const name = element('input', {
    id: 'stack-name',
    value: given.get('stackName') ?? '',
    spellcheck: 'false',
  });
  const { fields, view } = parameterFields(template, (parameter) => firstValue(parameter, given));
  const acknowledge = element('input', { id: 'acknowledge', type: 'checkbox' });
  const create = element('button', { id: 'create-stack', class: 'primary', type: 'submit' }, 'Create stack');
  const outcome = element('div', { role: 'alert' });
  const form = element(
    'form',
    { novalidate: '' },
    card('Template', templateFacts(templateUrl, template)),
    card('Stack', labelled(name, 'Stack name', 'Letters, numbers and hyphens; it begins with a letter.')),
    view,
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
        parameters: Object.fromEntries(fields.map(({ parameter, input }) => [parameter.name, input.value])),
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

/** As at AWS, a link cannot fill in a parameter that is masked, and one that the template lacks is ignored. */
function firstValue({ name, noEcho, default: preset = '' }, given) {
  return (noEcho ? null : given.get(`param_${name}`)) ?? preset;
}
