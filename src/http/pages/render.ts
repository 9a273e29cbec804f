import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';

const eta = new Eta({
  views: fileURLToPath(new URL('./views', import.meta.url)),
  cache: true,
  autoEscape: true,
});

/** A view filled in. Whatever is put into it is escaped there. */
export function render(view: string, model: object): string {
  return eta.render(`./${view}`, model);
}
