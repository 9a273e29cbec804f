const progress = document.querySelector('#progress');
const { events } = document.body.dataset;
if (progress && events) {
  const source = new EventSource(events);
  source.addEventListener('progress', (event) => {
    progress.innerHTML = JSON.parse(event.data);
  });
}
