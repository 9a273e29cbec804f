// The page works without this: then it is loaded again. With it, progress comes as a stream, what is entered is
// answered in place, times are the reader's own, and values can be copied.

const LONGEST_WAIT = 30_000;
/** A shorter cut than this is not worth a word. */
const PATIENCE = 5_000;
/** Where there is no stream: the page is asked for again, in place, so that nobody's reading is cut short. */
const RELOAD = 30_000;

const clock = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
});

/** The last progress that the stream told: a page that was asked for before it may be older. */
let heard = null;
/** How often the page was asked for: of several answers on their way, the last one's counts. */
let asked = 0;
let later;

const { events } = document.body.dataset;
enhance(document.body);
document.addEventListener('click', copy);
document.addEventListener('submit', enter);
document.addEventListener('change', choose);
if (events) follow(events);
else setInterval(() => 'reloads' in document.body.dataset && showPage(), RELOAD);

/** Gives a part of the page what only a script can: times in the reader's zone, buttons that copy. */
function enhance(part) {
  for (const time of part.querySelectorAll('time[datetime]')) {
    time.title = time.textContent;
    time.textContent = clock.format(new Date(time.dateTime));
  }
  for (const button of part.querySelectorAll('[data-unscripted]')) button.hidden = true;
  if (navigator.clipboard) for (const button of part.querySelectorAll('[data-copy]')) button.hidden = false;
}

async function copy(event) {
  const button = event.target.closest('[data-copy]');
  if (!button) return;
  const text = document.getElementById(button.dataset.copy)?.textContent ?? '';
  const word = await navigator.clipboard.writeText(text).then(
    () => 'Copied',
    () => 'Not copied',
  );
  button.textContent = word;
  say('said', word);
  setTimeout(() => {
    button.textContent = 'Copy';
    say('said', '');
  }, 2_000);
}

/** Takes progress from the stream, and comes back to it whatever happens. */
function follow(address) {
  let wait = 1_000;
  let complaint;
  listen();

  function listen() {
    const source = new EventSource(address);
    source.onopen = () => {
      wait = 1_000;
      clearTimeout(complaint);
      complaint = undefined;
      say('lost', '');
    };
    source.addEventListener('progress', (event) => {
      if (event.lastEventId === heard?.id) return;
      heard = { id: event.lastEventId, html: JSON.parse(event.data) };
      show(heard.html);
    });
    source.onerror = () => {
      complaint ??= setTimeout(() => say('lost', 'The connection is lost. Trying again…'), PATIENCE);
      // After a cut the browser comes back by itself and names the last event; after an error it gives up.
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(again, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    };
  }

  async function again() {
    await ask(location.href);
    listen();
  }
}

/** Shows progress; where it or its link has turned, together with the heading, the button and the rest of the page. */
function show(html) {
  const progress = document.getElementById('progress');
  const next = progress.cloneNode(false);
  next.innerHTML = html;
  enhance(next);
  const { state, offer } = next.querySelector('#launch-state').dataset;
  const shown = document.body.dataset;
  if (state === shown.state && offer === shown.offer) patch(progress, next);
  else showPage();
}

/** Makes the links anew for the region that was chosen, which stays in the page's address. */
async function choose({ target }) {
  if (target.id !== 'region') return;
  history.replaceState(null, '', `${target.form.action}?region=${encodeURIComponent(target.value)}`);
  const typed = document.getElementById('account-number')?.value;
  if (!(await showPage())) return;
  const field = document.getElementById('account-number');
  if (field && typed) field.value = typed;
  say('said', `The button now leads to ${target.value}.`);
}

/** Sends the account's number as the form itself would, and puts the page that answers in place. */
async function enter(event) {
  const form = event.target;
  if (form.method !== 'post') return;
  event.preventDefault();
  if (form.hasAttribute('aria-busy')) return;
  form.setAttribute('aria-busy', 'true');
  const before = heard;
  asked += 1;
  const body = new URLSearchParams(new FormData(form));
  const page = await ask(form.action, { method: 'POST', body });
  form.removeAttribute('aria-busy');
  if (!page?.isPage) return say('account-fault', 'This could not be sent. Try again in a moment.');
  putInPlace(page.html);
  const field = document.getElementById('account-number');
  if (field?.hasAttribute('aria-invalid')) field.focus();
  if (before !== heard) show(heard.html);
}

/**
 * Puts the page as it stands in place. Whatever was heard while it was on its way may be newer, so it is asked for
 * again until nothing was. Gives false where it is not to be had now, and is tried again, or where a later one is on
 * its way.
 */
async function showPage() {
  const before = heard;
  asked += 1;
  const number = asked;
  const page = await ask(location.href);
  if (number !== asked) return false;
  clearTimeout(later);
  if (page?.status !== 200) {
    later = setTimeout(showPage, PATIENCE);
    return false;
  }
  if (before !== heard) return showPage();
  putInPlace(page.html);
  return true;
}

/** What is answered, read to its end; null where nothing is. */
async function ask(address, options) {
  try {
    const answer = await fetch(address, options);
    // A link that is no longer known has a page of its own.
    if (answer.status === 404) await leave();
    const isPage = answer.headers.get('content-type')?.startsWith('text/html');
    return { status: answer.status, isPage, html: await answer.text() };
  } catch {
    return null;
  }
}

/** Loads the page again; nothing goes on here. */
function leave() {
  location.reload();
  return new Promise(() => {});
}

function putInPlace(html) {
  const next = new DOMParser().parseFromString(html, 'text/html');
  enhance(next.body);
  const focused = document.activeElement;
  document.title = next.title;
  patch(document.body, next.body);
  // Whoever stood on the button that is gone stands on what came of it.
  if (!focused.isConnected || focused.closest('[hidden]'))
    document.getElementById('launch-state')?.focus({ preventScroll: true });
}

/**
 * Makes one part of the page like another and touches only what differs: focus, opened details and running
 * animations stay, and a screen reader hears the news alone.
 */
function patch(old, next) {
  if (old.isEqualNode(next)) return;
  if (old.nodeType === Node.TEXT_NODE && next.nodeType === Node.TEXT_NODE) {
    old.data = next.data;
    return;
  }
  if (old.nodeName !== next.nodeName || old.id !== next.id || old.nodeType !== Node.ELEMENT_NODE) {
    old.replaceWith(next);
    return;
  }
  // What is being typed stays; what was sent gives way.
  if (old.nodeName === 'INPUT' && (old.value === old.defaultValue || old !== document.activeElement))
    old.value = next.defaultValue;
  for (const { name } of [...old.attributes])
    if (!next.hasAttribute(name) && name !== 'open') old.removeAttribute(name);
  for (const { name, value } of next.attributes)
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const before = [...old.childNodes];
  const after = [...next.childNodes];
  after.forEach((child, at) => {
    if (before[at]) patch(before[at], child);
    else old.append(child);
  });
  for (const child of before.slice(after.length)) child.remove();
}

function say(id, words) {
  const place = document.getElementById(id);
  if (place && place.textContent !== words) place.textContent = words;
}
