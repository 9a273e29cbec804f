// The sandbox's console: quick-create, a stack with its events, the list of stacks. The fragment says which.
import { element, failure, labelled, statusClass } from './elements.js';

const view = document.querySelector('#view');
const account = document.querySelector('#account');
const { region } = document.body.dataset;
const base = '/cloudformation/home';

let shown = 0;

addEventListener('hashchange', show);
account.addEventListener('change', () => {
  localStorage.setItem('account', account.value);
  if (!location.hash.startsWith('#/stacks/create')) show();
});
account.value = localStorage.getItem('account') ?? account.value;
show();

async function show() {
  shown += 1;
  const [path, query] = location.hash.slice(1).split('?');
  const parameters = new URLSearchParams(query);
  try {
    if (path === '/stacks/create/review') await showReview(parameters);
    else if (path === '/stacks/stackinfo') await showStack(parameters.get('stackId') ?? '', shown);
    else await showList();
  } catch (error) {
    view.replaceChildren(element('h1', {}, 'CloudFormation'), failure(error.message));
  }
}

async function showReview(given) {
  const templateUrl = given.get('templateURL') ?? '';
  const template = await call('GET', `/template?${new URLSearchParams({ url: templateUrl })}`);
  const name = element('input', { id: 'stack-name', value: given.get('stackName') ?? '', required: '' });
  const fields = template.parameters.map((parameter) => parameterField(parameter, given));
  const acknowledge = element('input', { id: 'acknowledge', type: 'checkbox' });
  const create = element('button', { id: 'create-stack', class: 'primary', type: 'submit' }, 'Create stack');
  const outcome = element('div', { role: 'alert' });
  const form = element(
    'form',
    { novalidate: '' },
    element('h1', {}, 'Quick create stack'),
    card(
      'Template',
      element(
        'dl',
        {},
        ...pair('Template URL', element('code', { id: 'template-url' }, templateUrl)),
        ...(template.description ? pair('Description', template.description) : []),
      ),
    ),
    card(
      'Stack name',
      labelled(name, 'Stack name', 'Letters, numbers and hyphens; it begins with a letter.'),
    ),
    card(
      'Parameters',
      ...(fields.length > 0
        ? fields.map(({ field }) => field)
        : [element('p', { class: 'muted' }, 'This template has no parameters.')]),
    ),
    template.needsAcknowledgement
      ? card(
          'Capabilities',
          element(
            'p',
            { class: 'muted' },
            'This template contains IAM resources, which can give others access to the account.',
          ),
          element(
            'label',
            { class: 'acknowledge', for: 'acknowledge' },
            acknowledge,
            'I acknowledge that AWS CloudFormation might create IAM resources.',
          ),
        )
      : '',
    outcome,
    element('div', { class: 'actions end' }, create),
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    create.disabled = true;
    outcome.replaceChildren();
    try {
      const { stackId } = await call('POST', '/stacks', {
        account: account.value,
        region,
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
  view.replaceChildren(form);
}

/** Values for parameters that the template lacks, or that it masks, are ignored, as AWS does. */
function parameterField(parameter, given) {
  const { name, description, noEcho, allowedValues } = parameter;
  const value = (noEcho ? null : given.get(`param_${name}`)) ?? parameter.default ?? '';
  const id = `param-${name}`;
  const input = allowedValues
    ? element('select', { id }, ...allowedValues.map((each) => element('option', {}, each)))
    : element('input', { id, type: noEcho ? 'password' : 'text', spellcheck: 'false', autocomplete: 'off' });
  input.value = value;
  return { key: name, input, field: labelled(input, name, description) };
}

async function showStack(stackId, turn) {
  for (let first = true; turn === shown; first = false) {
    const stack = await call('GET', `/stacks?${new URLSearchParams({ id: stackId })}`);
    if (turn !== shown) return;
    if (first) view.replaceChildren(...stackView(stackId));
    fillStack(stack);
    const busy = stack.status.endsWith('IN_PROGRESS');
    await new Promise((resolve) => setTimeout(resolve, busy ? 500 : 2000));
  }
}

function stackView(stackId) {
  const remove = element('button', { id: 'delete-stack', type: 'button' }, 'Delete stack');
  remove.addEventListener('click', async () => {
    remove.disabled = true;
    await call('DELETE', `/stacks?${new URLSearchParams({ id: stackId })}`);
  });
  return [
    element(
      'div',
      { class: 'title' },
      element('h1', { id: 'stack-title' }),
      element('span', { id: 'stack-status', class: 'status', role: 'status' }),
      remove,
    ),
    element('p', { id: 'stack-reason', class: 'muted' }),
    card('Outputs', element('dl', { id: 'outputs' })),
    card('Events', scrolling('events', ['Time', 'Logical ID', 'Status', 'Reason'])),
    card('Overview', element('dl', { id: 'overview' })),
  ];
}

function fillStack(stack) {
  const byId = (id) => document.querySelector(`#${id}`);
  const status = byId('stack-status');
  byId('stack-title').textContent = stack.name;
  if (status.textContent !== stack.status) status.textContent = stack.status;
  status.className = `status ${statusClass(stack.status)}`;
  byId('stack-reason').textContent = stack.statusReason ?? '';
  byId('delete-stack').disabled = /^DELETE_(IN_PROGRESS|COMPLETE)$/.test(stack.status);
  const outputs = stack.outputs.flatMap(({ key, value }) =>
    pair(key, element('span', { class: 'value' }, value)),
  );
  byId('outputs').replaceChildren(...(outputs.length > 0 ? outputs : pair('None', '')));
  byId('events').replaceChildren(...stack.events.map(eventRow));
  byId('overview').replaceChildren(
    ...pair('Stack ID', element('span', { class: 'value' }, stack.id)),
    ...pair('Account', element('span', { class: 'value' }, stack.account)),
    ...Object.entries(stack.parameters).flatMap(([key, value]) =>
      pair(key, element('span', { class: 'value' }, value || '–')),
    ),
  );
}

function eventRow({ at, logicalId, status, reason }) {
  return element(
    'tr',
    {},
    element('td', { class: 'time' }, new Date(at).toLocaleTimeString()),
    element('td', {}, logicalId),
    element('td', { class: `status ${statusClass(status)}` }, status),
    element('td', { class: 'reason' }, reason ?? ''),
  );
}

async function showList() {
  const stacks = await call('GET', `/stacks?${new URLSearchParams({ account: account.value, region })}`);
  const rows = stacks.map(({ id, name, status, createdAt }) =>
    element(
      'tr',
      {},
      element(
        'td',
        {},
        element('a', { href: `#/stacks/stackinfo?${new URLSearchParams({ stackId: id })}` }, name),
      ),
      element('td', { class: `status ${statusClass(status)}` }, status),
      element('td', { class: 'time' }, new Date(createdAt).toLocaleString()),
    ),
  );
  const table = scrolling('stacks', ['Stack name', 'Status', 'Created']);
  table.querySelector('tbody').replaceChildren(...rows);
  const none = element('p', { class: 'muted' }, 'This account has no stacks in this region.');
  view.replaceChildren(element('h1', {}, 'Stacks'), card('', rows.length > 0 ? table : none));
}

function card(title, ...content) {
  return element('section', { class: 'card' }, title ? element('h2', {}, title) : '', ...content);
}

function pair(term, description) {
  return [element('dt', {}, term), element('dd', {}, description)];
}

function scrolling(id, heads) {
  const row = element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head)));
  const table = element('table', {}, element('thead', {}, row), element('tbody', { id }));
  return element('div', { class: 'scroll', tabindex: '0' }, table);
}

async function call(method, path, body) {
  const answer = await fetch(base + path, {
    method,
    ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
  });
  const result = await answer.json();
  if (!answer.ok) throw new Error(`${result.message} (${result.code})`);
  return result;
}
