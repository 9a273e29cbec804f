import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { apiCalls } from './api-calls.js';
import { costs } from './costs.js';
import { footprint } from './footprint.js';
import { instances } from './instances.js';
import { latency } from './latency.js';
import type { Measured } from './measured.js';
import { onboard } from './onboard.js';
import { LONG, SHORT, USUAL } from './plans.js';
import { processorTime } from './processor-time.js';
import { asJson, asMarkdown, writeInto } from './report.js';
import { openPair, openStage, type Pair } from './stage.js';

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

const plan = values.short ? SHORT : values.long ? LONG : USUAL;
const stage = await openStage(values.profile);
let opened: Promise<Pair> | undefined;
const pair = () => {
  opened ??= openWarmPair();
  return opened;
};
const measurements: Readonly<Record<string, () => Promise<Measured>>> = {
  latency: async () => latency(stage, await pair(), plan.latency),
  processorTime: async () => processorTime(stage, await pair(), plan.processorTime),
  apiCalls: () => apiCalls(stage, plan.apiCalls),
  costs: () => costs(stage, plan.costs),
  footprint: () => footprint(stage, plan.footprint),
  instances: () => instances(stage, plan.instances),
};
const all: Measured[] = [];
for (const [name, measure] of Object.entries(measurements)) {
  if (values.only !== undefined && !values.only.includes(name)) continue;
  const began = performance.now();
  all.push(await measure());
  process.stderr.write(`${name} took ${((performance.now() - began) / 1_000).toFixed(0)} s\n`);
}
await (await opened)?.close();
await stage.close();

const markdown = asMarkdown(all);
process.stdout.write(`${markdown}\n`);
if (values.json !== undefined) await writeFile(values.json, asJson(all));
if (values.docs) await writeInto(new URL('../../docs/performance.md', import.meta.url), markdown);

const wrong = all.flatMap((one) => one.wrong.map((what) => `${one.name}: ${what}`));
for (const line of wrong) process.stderr.write(`not as it has to be: ${line}\n`);
process.exit(wrong.length > 0 ? 1 : 0);

async function openWarmPair(): Promise<Pair> {
  const both = await openPair(stage);
  for (const { gate } of [both.service, both.floor]) await onboard(stage, gate, plan.warmUp, 8);
  return both;
}
