/** Makes an element; texts among its children stay texts. */
export function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== ''));
  return made;
}

/** A message about what went wrong. */
export function failure(message) {
  return element('p', { class: 'failure' }, message);
}

/** An input with its label, and a hint where there is one. */
export function labelled(input, label, hint) {
  const field = element('div', { class: 'field' }, element('label', { for: input.id }, label));
  if (hint) {
    input.setAttribute('aria-describedby', `${input.id}-hint`);
    field.append(element('p', { class: 'hint', id: `${input.id}-hint` }, hint));
  }
  field.append(input);
  return field;
}

/** How a status is coloured. */
export function statusClass(status) {
  if (/FAILED|ROLLBACK/.test(status)) return 'bad';
  return status.endsWith('IN_PROGRESS') ? 'busy' : 'good';
}

/** A part of a view, with a title where it has one. */
export function card(title, ...content) {
  return element('section', { class: 'card' }, title ? element('h2', {}, title) : '', ...content);
}

/** A term and its description. */
export function pair(term, description) {
  return [element('dt', {}, term), element('dd', {}, description)];
}

/** A table; `id` is that of its body. */
export function table(id, heads, rows) {
  const row = element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head)));
  return element('table', {}, element('thead', {}, row), element('tbody', { id }, ...rows));
}
