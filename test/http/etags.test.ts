import t from 'tap';
import { entityTag, isAmong, parseTags } from '../../src/http/entity-tag.js';
import { startDeployment } from '../support/deployment.js';
import { skewedClock } from '../support/skewed-clock.js';
import { api, createStack, invite, type Json, settledStack, startService } from '../support/world.js';

const { world, service, clientOf } = await startDeployment(t);

const call = (method: string, client: Json, headers: Record<string, string>, body?: unknown, path = '') =>
  api(service, method, `/v1/clients/${client.id}${path}`, body, headers);
const tagOf = async (client: Json) => (await call('GET', client, {})).headers.get('etag') ?? '';

t.test('a client has one entity tag, wherever it is shown, until something about it changes', async (t) => {
  const made = await api(service, 'POST', '/v1/clients', { name: 'Tagged' });
  const client = made.body;
  const tag = made.headers.get('etag') ?? '';
  t.match(tag, /^"[\w-]{22}"$/);
  t.equal(await tagOf(client), tag);
  t.equal(await tagOf(client), tag, 'and again');
  const renamed = await call('PATCH', client, {}, { name: 'Renamed' });
  t.not(renamed.headers.get('etag'), tag);
  t.equal(await tagOf(client), renamed.headers.get('etag'));
  await api(service, 'POST', `/v1/clients/${client.id}/launches`, {});
  const linked = await tagOf(client);
  t.not(linked, renamed.headers.get('etag'), 'another link shows');
  await settledStack(world, await createStack(world, client));
  t.not(await tagOf(client), linked, 'a connected account shows');
});

t.test('a GET says that nothing has changed, or answers anew', async (t) => {
  const client = await invite(service);
  const tag = await tagOf(client);
  for (const had of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
    const answer = await call('GET', client, { 'if-none-match': had });
    t.equal(answer.status, 304, had);
    t.equal(answer.headers.get('etag'), tag);
    t.equal(answer.body, null);
  }
  t.equal((await call('GET', client, { 'if-none-match': '"other"' })).status, 200);
  await call('PATCH', client, {}, { name: 'Renamed' });
  t.equal((await call('GET', client, { 'if-none-match': tag })).status, 200);
  t.equal((await call('GET', client, { 'if-match': tag })).status, 412);
  t.equal((await call('GET', { id: 'cli_x' }, { 'if-none-match': '*' })).status, 404);
});

t.test('of two who change what they have both read, the second is told', async (t) => {
  const client = await invite(service);
  const tag = await tagOf(client);
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) => call('PATCH', client, { 'if-match': tag }, { name: `By ${n}` })),
  );
  t.same(answers.map(({ status }) => status).sort(), [200, ...Array(7).fill(412)]);
  const won = answers.find(({ status }) => status === 200);
  t.equal((await clientOf(client)).name, won?.body.name);
  for (const { body } of answers.filter(({ status }) => status === 412))
    t.match(body, { code: 'precondition-failed', detail: /If-Match/, remedy: /Read it again/ });
  const next = await call('PATCH', client, { 'if-match': won?.headers.get('etag') ?? '' }, { name: 'Last' });
  t.equal(next.status, 200);
});

t.test('If-Match takes any of a list, anything by *, and no weak tag', async (t) => {
  const client = await invite(service);
  for (const [wanted, status] of [
    [(tag: string) => `"other", ${tag}`, 200],
    [() => '*', 200],
    [(tag: string) => `W/${tag}`, 412],
    [() => '"other"', 412],
    [(tag: string) => tag.slice(1, -1), 400],
    [(tag: string) => `${tag} ${tag}`, 400],
    [() => '', 400],
  ] as const) {
    const header = wanted(await tagOf(client));
    const answer = await call('PATCH', client, { 'if-match': header }, { name: `For ${status}` });
    t.equal(answer.status, status, header);
    if (status === 400) t.match(answer.body, { code: 'request-invalid', errors: [{ field: 'If-Match' }] });
  }
  const refused = await call('PATCH', client, { 'if-none-match': '*' }, { name: 'x' });
  t.match(refused, { status: 412, body: { detail: /If-None-Match/ } });
  t.equal((await clientOf(client)).name, 'For 200');
});

t.test('a client and a link are removed only as they were seen', async (t) => {
  const client = await invite(service);
  const link = await api(service, 'POST', `/v1/clients/${client.id}/launches`, {});
  const path = `/launches/${link.body.id}`;
  const linkTag = link.headers.get('etag') ?? '';
  const stale = await tagOf(client);
  t.equal((await call('DELETE', client, { 'if-match': '"other"' }, undefined, path)).status, 412);
  t.equal((await call('DELETE', client, { 'if-match': linkTag }, undefined, path)).status, 204);
  t.equal((await call('DELETE', client, { 'if-match': linkTag }, undefined, path)).status, 412, 'it is not');
  t.equal((await call('DELETE', client, { 'if-match': stale })).status, 412, 'its link shows otherwise');
  t.equal((await call('GET', client, {})).status, 200);
  t.equal((await call('DELETE', client, { 'if-match': await tagOf(client) })).status, 204);
  t.equal((await call('DELETE', client, { 'if-match': '*' })).status, 404);
});

t.test('a link that runs out changes its client’s tag, though nothing is written', async (t) => {
  const client = await invite(service);
  const later = await startService(world, undefined, skewedClock(8 * 24 * 3_600_000));
  t.teardown(() => later.kill());
  const tag = await tagOf(client);
  const path = `/v1/clients/${client.id}`;
  const answer = await api(later, 'GET', path, undefined, { 'if-none-match': tag });
  t.match(answer, { status: 200, body: { launch: { status: 'expired' }, updatedAt: client.updatedAt } });
  t.equal((await api(later, 'PATCH', path, { name: 'Late' }, { 'if-match': tag })).status, 412);
});

t.test('a tag is of what shows, and lists of tags are read as HTTP has them', async (t) => {
  t.equal(entityTag({ a: 1 }), entityTag({ a: 1 }));
  t.not(entityTag({ a: 1 }), entityTag({ a: 2 }));
  t.same(parseTags('"a,b" ,, W/"c"'), ['"a,b"', 'W/"c"'], 'commas within, and empty places');
  for (const text of ['', ',', 'a', '"a', '"a""b"', '"a b"', '*, "a"', 'w/"a"', '"a",*'])
    t.equal(parseTags(text), null, text);
  t.equal(isAmong('"a"', ['W/"a"'], 'weak'), true);
  t.equal(isAmong('"a"', ['W/"a"'], 'strong'), false);
});
