import { call } from './call.js';
import { card, element, failure, pair, statusClass, table } from './elements.js';
import { updateForm } from './update.js';

/** A stack, kept up to date until `signal` is aborted. */
export async function stackView(stackId, signal) {
  const query = `/stacks?${new URLSearchParams({ id: stackId })}`;
  const remove = element('button', { id: 'delete-stack', type: 'button' }, 'Delete stack');
  remove.addEventListener('click', async () => {
    remove.disabled = true;
    await call('DELETE', query);
  });
  const change = element('button', { id: 'update-stack', type: 'button' }, 'Update stack');
  const form = element('div', { id: 'update' });
  change.addEventListener('click', async () => {
    change.hidden = true;
    const close = () => {
      form.replaceChildren();
      change.hidden = false;
    };
    const content = await updateForm(await call('GET', query), close).catch((error) => {
      change.hidden = false;
      return failure(error.message);
    });
    form.replaceChildren(content);
  });
  const parts = {
    remove,
    change,
    title: element('h1', {}),
    status: element('span', { id: 'stack-status', role: 'status' }),
    reason: element('div', { id: 'stack-reason' }),
    outputs: element('dl', { id: 'outputs' }),
    overview: element('dl', { id: 'overview' }),
    events: table('events', ['Time', 'Logical ID', 'Status', 'Reason'], []),
  };
  fill(parts, await call('GET', query));
  follow(parts, query, signal);
  return [
    element('div', { class: 'title' }, parts.title, parts.status, change, remove),
    parts.reason,
    form,
    card('Outputs', parts.outputs),
    card('Events', parts.events),
    card('Overview', parts.overview),
  ];
}

async function follow(parts, query, signal) {
  while (!signal.aborted) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    try {
      fill(parts, await call('GET', query));
    } catch (error) {
      parts.reason.replaceChildren(failure(`The sandbox does not answer: ${error.message}`));
      return;
    }
  }
}

function fill({ title, status, reason, remove, change, outputs, overview, events }, stack) {
  title.textContent = stack.name;
  // A status that is read out should be read out once.
  if (status.textContent !== stack.status) status.textContent = stack.status;
  status.className = `status ${statusClass(stack.status)}`;
  reason.replaceChildren(reasonOf(stack));
  remove.disabled = /^DELETE_(IN_PROGRESS|COMPLETE)$/.test(stack.status);
  change.disabled = !/^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/.test(stack.status);
  const values = stack.outputs.flatMap(({ key, value }) => pair(key, mono(value)));
  outputs.replaceChildren(...(values.length > 0 ? values : pair('None', '')));
  const rows = events.querySelector('tbody');
  if (rows.childElementCount !== stack.events.length) rows.replaceChildren(...stack.events.map(eventRow));
  overview.replaceChildren(
    ...pair('Stack ID', mono(stack.id)),
    ...pair('Account', mono(stack.account)),
    ...Object.entries(stack.parameters).flatMap(([key, value]) => pair(key, mono(value || '–'))),
  );
}

/** The first resource that failed says more than the stack does; of what is being done now, or was done last. */
function reasonOf(stack) {
  const end = stack.events.findIndex(({ reason }) => reason === 'User Initiated');
  const last = end < 0 ? stack.events : stack.events.slice(0, end);
  const failed = last.filter(({ status, reason }) => status.endsWith('_FAILED') && reason);
  const first = failed.findLast(({ reason }) => !/^Resource (creation|update) cancelled$/.test(reason));
  if (first) return failure(`${first.logicalId}: ${first.reason}`);
  return stack.statusReason ? element('p', { class: 'muted' }, stack.statusReason) : '';
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

function mono(text) {
  return element('span', { class: 'value' }, text);
}
