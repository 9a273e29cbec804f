import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { apiCalls } from './api-calls.js';
import { costs } from './costs.js';
import { footprint } from './footprint.js';
import { instances } from './instances.js';
import { latency } from './latency.js';
import type { Measured } from './measured.js';
import { LONG, type Plan, SHORT, USUAL } from './plans.js';
import { processorTime } from './processor-time.js';
import { asJson, asMarkdown, writeInto } from './report.js';
import { openStage, type Stage } from './stage.js';

// Measures the service beside a floor, prints tables, and fails where a count is not as it has to be:
// npm run bench -- [--short | --long] [--only NAME]… [--json FILE] [--docs] [--profile FOLDER]

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    docs: { type: 'boolean', default: false },
    json: { type: 'string' },
    /** A folder for CPU profiles of the programs. */
    profile: { type: 'string' },
    only: { type: 'string', multiple: true },
  },
});

const measurements: readonly ((stage: Stage, plan: Plan) => Promise<Measured>)[] = [
  (stage, plan) => processorTime(stage, plan.processorTime),
  (stage, plan) => apiCalls(stage, plan.apiCalls),
  (stage, plan) => costs(stage, plan.costs),
  (stage, plan) => latency(stage, plan.latency),
  (stage, plan) => footprint(stage, plan.footprint),
  (stage, plan) => instances(stage, plan.instances),
];
const names = ['processorTime', 'apiCalls', 'costs', 'latency', 'footprint', 'instances'];

const plan = values.short ? SHORT : values.long ? LONG : USUAL;
const stage = await openStage(values.profile);
const all: Measured[] = [];
for (const [place, measure] of measurements.entries()) {
  const name = names[place] ?? '';
  if (values.only !== undefined && !values.only.includes(name)) continue;
  const began = performance.now();
  const measured = await measure(stage, plan);
  all.push(measured);
  process.stderr.write(`${name} took ${((performance.now() - began) / 1_000).toFixed(0)} s\n`);
}
await stage.close();

const markdown = asMarkdown(all);
process.stdout.write(`${markdown}\n`);
if (values.json !== undefined) await writeFile(values.json, asJson(all));
if (values.docs) await writeInto(new URL('../../docs/performance.md', import.meta.url), markdown);

const wrong = all.flatMap((one) => one.wrong.map((what) => `${one.name}: ${what}`));
for (const line of wrong) process.stderr.write(`not as it has to be: ${line}\n`);
process.exit(wrong.length > 0 ? 1 : 0);
