import { call } from './call.js';
import { card, element, failure, labelled } from './elements.js';
import { capabilities, parameterFields } from './fields.js';

/** The form that updates a stack: with its template or another, its parameters filled in with their values. */
export async function updateForm(stack, onDone) {
  const templateUrl = element('input', {
    id: 'update-template-url',
    spellcheck: 'false',
    autocomplete: 'off',
  });
  const acknowledge = element('input', { id: 'acknowledge', type: 'checkbox' });
  const update = element(
    'button',
    { id: 'submit-update', class: 'primary', type: 'submit' },
    'Submit update',
  );
  const cancel = element('button', { id: 'cancel-update', type: 'button' }, 'Cancel');
  const outcome = element('div', { role: 'alert' });
  const content = element('div', {});
  let fields = [];
  const load = async () => {
    const template = await call('GET', `/template?${templateQuery(stack, templateUrl.value)}`);
    const parameters = parameterFields(template, (parameter) => currentValue(stack, parameter));
    fields = parameters.fields;
    content.replaceChildren(parameters.view, template.needsAcknowledgement ? capabilities(acknowledge) : '');
  };
  const form = element(
    'form',
    { id: 'update-form', novalidate: '', 'aria-label': 'Update stack' },
    card('Template', labelled(templateUrl, 'Template URL', 'Leave it empty to use the current template.')),
    content,
    outcome,
    element('div', { class: 'actions' }, cancel, update),
  );
  const attempt = async (work) => {
    update.disabled = true;
    outcome.replaceChildren();
    try {
      await work();
    } catch (error) {
      outcome.replaceChildren(failure(error.message));
    }
    update.disabled = false;
  };
  templateUrl.addEventListener('change', () => attempt(load));
  cancel.addEventListener('click', onDone);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    attempt(async () => {
      await call('PATCH', `/stacks?${new URLSearchParams({ id: stack.id })}`, {
        templateUrl: templateUrl.value,
        parameters: Object.fromEntries(fields.map((each) => [each.parameter.name, submitted(stack, each)])),
        acknowledged: acknowledge.checked,
      });
      onDone();
    });
  });
  await load();
  return form;
}

function templateQuery({ id }, url) {
  return new URLSearchParams(url === '' ? { stackId: id } : { url });
}

/** A masked value cannot be shown; an empty field keeps it. */
function currentValue({ parameters }, { name, noEcho, default: preset = '' }) {
  if (!(name in parameters)) return preset;
  return noEcho ? '' : parameters[name];
}

/** `null` keeps the value that a parameter has. */
function submitted({ parameters }, { parameter, input }) {
  const keeps = parameter.noEcho && parameter.name in parameters && input.value === '';
  return keeps ? null : input.value;
}
