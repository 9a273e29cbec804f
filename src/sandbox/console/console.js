// The sandbox's console. The fragment says what is shown: the quick-create form, a stack, or the list of stacks.
import { call } from './call.js';
import { card, element, failure, statusClass, table } from './elements.js';
import { reviewView } from './review.js';
import { stackView } from './stack.js';

const view = document.querySelector('#view');
const account = document.querySelector('#account');
const { region } = document.body.dataset;

// A view that is no longer shown stops following its stack.
let shown = new AbortController();

addEventListener('hashchange', () => show().then(() => view.focus()));
account.addEventListener('change', () => {
  localStorage.setItem('account', account.value);
  if (!location.hash.startsWith('#/stacks/create')) show();
});
account.value = localStorage.getItem('account') ?? account.value;
show();

async function show() {
  shown.abort();
  shown = new AbortController();
  const { signal } = shown;
  const [path, query] = location.hash.slice(1).split('?');
  const parameters = new URLSearchParams(query);
  try {
    const content = await viewFor(path, parameters, signal);
    if (!signal.aborted) view.replaceChildren(...content);
  } catch (error) {
    if (!signal.aborted) view.replaceChildren(element('h1', {}, 'CloudFormation'), failure(error.message));
  }
}

function viewFor(path, parameters, signal) {
  if (path === '/stacks/create/review')
    return reviewView(parameters, () => ({ account: account.value, region }));
  if (path === '/stacks/stackinfo') return stackView(parameters.get('stackId') ?? '', signal);
  return listView();
}

async function listView() {
  const stacks = await call('GET', `/stacks?${new URLSearchParams({ account: account.value, region })}`);
  const rows = stacks.map(({ id, name, status, createdAt }) => {
    const href = `#/stacks/stackinfo?${new URLSearchParams({ stackId: id })}`;
    return element(
      'tr',
      {},
      element('td', {}, element('a', { href }, name)),
      element('td', { class: `status ${statusClass(status)}` }, status),
      element('td', { class: 'time' }, new Date(createdAt).toLocaleString()),
    );
  });
  const none = element('p', { class: 'muted' }, 'This account has no stacks in this region.');
  const list = rows.length > 0 ? table('stacks', ['Stack name', 'Status', 'Created'], rows) : none;
  return [element('h1', {}, 'Stacks'), card('', list)];
}
