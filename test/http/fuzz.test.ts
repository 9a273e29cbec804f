import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import t from 'tap';
import { CENTRAL, openCentralAccount } from '../support/central-account.js';
import {
  type FuzzRequest,
  namesIn,
  type Operation,
  operationsOf,
  type Place,
  requestsOf,
} from '../support/fuzz-requests.js';
import {
  api,
  createStack,
  eventually,
  invite,
  type Json,
  settledStack,
  startService,
  startWorld,
} from '../support/world.js';

const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 5_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);

/** How often as many requests are made again where something was not carried out. */
const ROUNDS = 5;

/** What only a client's own stack can sign. */
const SIGNED = new Set(['receiveSnsMessage', 'receiveFunctionCall']);

/** How many places are there before the first request. */
const FIRST_PLACES = 7;

const world = await startWorld({ centralAccountId: CENTRAL });
const central = await openCentralAccount(world, ['alice']);
const environment = { ...central.settings, LOG_LEVEL: 'error', ALLOW_IMPORT: 'true' };
const service = await startService(world, undefined, environment);
t.teardown(async () => {
  await service.kill();
  await world.close();
});

t.test('whatever is sent, the answer is one that the document has', async (t) => {
  t.comment(`FUZZ_SEED=${SEED} FUZZ_REQUESTS=${REQUESTS}`);
  const document = (await api(service, 'GET', '/openapi.json')).body;
  const operations = operationsOf(document);
  const fits = bodyCheck(document);
  const places = await firstPlaces();
  const carriedOut = new Map<string, number>();
  const wrong = new Set<string>();
  const each = Math.ceil(REQUESTS / operations.length);
  const missing = () => operations.map(({ id }) => id).filter((id) => !carriedOut.has(id) && !SIGNED.has(id));
  // What is carried out by chance may not be in the first round, and is in one of the next.
  for (let round = 0; round === 0 || (round < ROUNDS && missing().length > 0); round += 1) {
    const requests = operations.map((operation, index) =>
      fc.sample(requestsOf(operation, document), { numRuns: each, seed: SEED + index + 1_000 * round }),
    );
    for (let turn = 0; turn < each && wrong.size < 20; turn += 1)
      for (const request of requests.map((some) => some[turn]))
        if (request !== undefined) await tryOne(request);
  }
  t.strictSame([...wrong], [], `FUZZ_SEED=${SEED}`);
  t.strictSame(missing(), [], 'every operation was carried out');
  t.notOk(
    [...SIGNED].some((id) => carriedOut.has(id)),
    'but for what only a client’s own stack can sign',
  );

  async function tryOne(request: FuzzRequest): Promise<void> {
    const { id, method, path, document: described } = request.operation;
    const address = addressOf(path, request, places);
    const answer = await fetch(`${service.url}${address}`, {
      method,
      headers: request.headers,
      redirect: 'manual',
      ...(request.body !== null && { body: request.body }),
    });
    const text = await answer.text();
    const response = described.responses[answer.status];
    const said = `${method} ${address} ${JSON.stringify(request.headers)} ${request.body?.slice(0, 2_000)} → ${answer.status} ${text.slice(0, 500)}`;
    // A part of an address can be such that it leads elsewhere, as `..` does.
    const elsewhere =
      address.split('/').some((part) => /^\.{1,2}(\?|$)/.test(part)) && [404, 405].includes(answer.status);
    if (answer.status >= 500) wrong.add(`fails: ${said}`);
    else if (response === undefined && !elsewhere) wrong.add(`is not documented: ${said}`);
    else if (response !== undefined) {
      const fault = fits(response, answer.headers.get('content-type'), text);
      if (fault !== null) wrong.add(`${fault}: ${said}`);
    }
    if (answer.ok && request.place !== null) {
      carriedOut.set(id, (carriedOut.get(id) ?? 0) + 1);
      if (takesAway(request.operation)) forget(places, path, address);
      else learn(places, path, address, text);
    }
  }
});

/** A connected account and links of each kind, so that what needs them can be carried out. */
async function firstPlaces(): Promise<Place[]> {
  const client = await invite(service);
  await settledStack(world, await createStack(world, client));
  await eventually(
    async () => (await api(service, 'GET', `/v1/clients/${client.id}`)).body.status,
    (status) => status === 'connected',
  );
  const waiting = await invite(service, { callback: 'none' });
  const { body: group } = await api(service, 'POST', '/v1/groups', { name: 'First', members: ['alice'] });
  return [
    { clientId: client.id, accountId: '111122223333', launchId: client.launch.id },
    { clientId: waiting.id, launchId: waiting.launch.id },
    { token: waiting.launch.pageUrl.split('/').at(-1) },
    { name: 'security-audit' },
    { code: 'not-found' },
    { groupId: group.id },
    { deploymentId: await plannedDeployment() },
  ];
}

/** A deployment that can be carried out, of a central stack that is there. */
async function plannedDeployment(): Promise<string> {
  const plan = async (): Promise<string> =>
    (await api(service, 'POST', '/v1/central-stack/deployments')).body.id;
  const first = await plan();
  await api(service, 'POST', `/v1/central-stack/deployments/${first}/execution`);
  await eventually(
    async () => (await api(service, 'GET', `/v1/central-stack/deployments/${first}`)).body.status,
    (status) => status === 'deployed',
  );
  await api(service, 'POST', '/v1/groups', { name: 'Second' });
  return plan();
}

/** The address of a request: of something that is there, or of nothing that is. */
function addressOf(
  path: string,
  { operation, place, garbage, query }: FuzzRequest,
  places: readonly Place[],
): string {
  const names = namesIn(path);
  // What stood there at first stays, since it cannot be made by this API alone; a later place may name it again.
  const first = places.slice(0, FIRST_PLACES);
  const isOfTheFirst = (one: Place) => first.some((kept) => names.every((name) => kept[name] === one[name]));
  const fitting = places.filter(
    (one) => names.every((name) => name in one) && !(takesAway(operation) && isOfTheFirst(one)),
  );
  // Every other time the first, which are connected; of plans the last, which no other has overtaken.
  const usual = path.includes('{deploymentId}') ? fitting.length - 1 : 0;
  const at = place === null || place % 2 === 0 ? usual : place % Math.max(fitting.length, 1);
  const chosen = place === null ? garbage : (fitting[at] ?? garbage);
  const filled = path.replace(/\{(\w+)\}/g, (_, name) =>
    encodeURIComponent(chosen[name] ?? garbage['x'] ?? '-'),
  );
  return query === '' ? filled : `${filled}?${query}`;
}

/** Whether what its address names is gone afterwards. */
function takesAway({ method, path }: Operation): boolean {
  return method === 'DELETE' && path.endsWith('}');
}

/** What was taken away is no place any more, nor is what stood below it. */
function forget(places: Place[], path: string, address: string): void {
  const gone = Object.entries(partsOf(path, address));
  const left = places.filter((place) => !gone.every(([name, value]) => place[name] === value));
  places.splice(0, places.length, ...left);
}

function partsOf(path: string, address: string): Place {
  const parts = address.split('?')[0]?.split('/') ?? [];
  return Object.fromEntries(
    path
      .split('/')
      .flatMap((part, index) =>
        part.startsWith('{') ? [[part.slice(1, -1), decodeURIComponent(parts[index] ?? '')]] : [],
      ),
  );
}

/** Things that an answer names become places for later requests; there are never many of one kind. */
function learn(places: Place[], path: string, address: string, text: string): void {
  const made = text.startsWith('{') ? JSON.parse(text) : {};
  const around = partsOf(path, address);
  const found: Place[] = [];
  if (path === '/v1/clients' && made.launch) found.push({ clientId: made.id, launchId: made.launch.id });
  if (path.endsWith('/launches') && made.id) found.push({ ...around, launchId: made.id });
  if (path.endsWith('/accounts') && made.accountId) found.push({ ...around, accountId: made.accountId });
  if (path === '/v1/api-keys' && made.secret) found.push({ keyId: made.id });
  if (path === '/v1/central-stack/deployments' && made.status === 'planned')
    found.push({ deploymentId: made.id });
  if (path === '/v1/groups' && made.id) found.push({ groupId: made.id });
  if (path === '/v1/webhooks' && made.secret) found.push({ webhookId: made.id });
  if (path.endsWith('/deliveries') && made.items?.[0])
    found.push({ ...around, deliveryId: made.items[0].id });
  for (const place of found) {
    const kind = Object.keys(place).join();
    const same = places.filter((one) => Object.keys(one).join() === kind);
    const oldest =
      same.length < 12
        ? -1
        : places.indexOf(same.find((one) => places.indexOf(one) >= FIRST_PLACES) ?? place);
    if (oldest >= 0) places.splice(oldest, 1);
    places.push(place);
  }
}

/** Checks an answer's type and body against its response in the document; says what does not fit, or null. */
function bodyCheck(document: Json) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'document', components: document.components });
  const known = new Map<Json, (value: unknown) => boolean>();
  const checkOf = (schema: Json) => {
    const check = known.get(schema) ?? ajv.compile(pointingInto(schema));
    known.set(schema, check);
    return check;
  };
  return (response: Json, type: string | null, text: string): string | null => {
    const content = response.content;
    if (content === undefined) return text === '' ? null : 'has a body that is not documented';
    const schema = content[type?.split(';')[0] ?? '']?.schema;
    if (schema === undefined) return `has the type ${type}, which is not documented`;
    if (!type?.includes('json')) return null;
    const check = checkOf(schema);
    return check(JSON.parse(text)) ? null : `does not fit (${ajv.errorsText((check as Json).errors)})`;
  };
}

function pointingInto(schema: Json): Json {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/'));
}
