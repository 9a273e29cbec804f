// Shows the accounts that what is typed stands in, and copies their profiles. Without it, all are there to read.
const form = document.querySelector('.filter');
const input = document.querySelector('#filter');
const count = document.querySelector('#count');
const rows = [...document.querySelectorAll('.accounts > li')].map((row) => ({
  row,
  words: row.firstElementChild.textContent.toLowerCase(),
}));

if (form && input && count) {
  const filter = () => {
    const wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { row, words } of rows) {
      row.hidden = !wanted.every((word) => words.includes(word));
      if (!row.hidden) shown += 1;
    }
    const all = rows.length === 1 ? '1 account' : `${rows.length} accounts`;
    count.textContent = shown === rows.length ? all : `${shown || 'None'} of ${all}`;
  };
  form.hidden = false;
  form.addEventListener('submit', (event) => event.preventDefault());
  input.addEventListener('input', filter);
  // Where the browser brings back what was typed before.
  filter();
}

// There on https and on this machine only.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll('.cli button')) {
    const words = button.firstChild;
    button.hidden = false;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(button.previousElementSibling.textContent);
      words.data = 'Copied';
      setTimeout(() => {
        words.data = 'Copy';
      }, 2000);
    });
  }
}
