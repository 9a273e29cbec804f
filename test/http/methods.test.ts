import { once } from 'node:events';
import { request } from 'node:http';
import t from 'tap';
import { startDeployment } from '../support/deployment.js';
import { api, KEY } from '../support/world.js';

const { service } = await startDeployment(t);

const send = (method: string, path: string) =>
  fetch(`${service.url}${path}`, { method, headers: { authorization: `Bearer ${KEY}` } });

t.test('a method that a known address does not take gets 405 and the methods that it takes', async (t) => {
  const cases = [
    ['PUT', '/v1/profiles', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/v1/profiles/cost', 'GET, HEAD, OPTIONS'],
    ['PUT', '/v1/clients/whoever', 'DELETE, GET, HEAD, OPTIONS, PATCH'],
    ['GET', '/callbacks/sns/token', 'OPTIONS, POST'],
    ['POST', '/launch/token', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/healthz', 'GET, HEAD, OPTIONS'],
    ['POST', '/openapi.json', 'GET, HEAD, OPTIONS'],
  ] as const;
  for (const [method, path, allow] of cases) {
    const refused = await send(method, path);
    t.equal(refused.status, 405, `${method} ${path}`);
    t.equal(refused.headers.get('allow'), allow);
    t.match(await refused.json(), { code: 'method-not-allowed', detail: allow });
    const asked = await send('OPTIONS', path);
    t.equal(asked.status, 204, `OPTIONS ${path}`);
    t.equal(asked.headers.get('allow'), allow);
  }
  const body = { method: 'PUT', body: '<a/>', headers: { 'content-type': 'text/xml' } };
  t.equal((await fetch(`${service.url}/v1/clients`, body)).status, 405, 'whatever the body is');
});

t.test('an address that is not known is not found, whatever the method', async (t) => {
  for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE'])
    t.equal((await send(method, '/v1/nothing')).status, 404, method);
});

t.test(
  'metrics answer to their one spelling, which is the one that a proxy keeps from the internet',
  async (t) => {
    const { port } = new URL(service.url);
    /** As it stands, where `fetch` would put a path straight. */
    const statusOf = async (path: string, method = 'GET') => {
      const asking = request({ host: '127.0.0.1', port, path, method }).end();
      const [answer] = await once(asking, 'response');
      answer.resume();
      return answer.statusCode;
    };
    for (const path of ['/metrics', '/metrics?', '/metrics?debug=1'])
      t.equal(await statusOf(path), 200, path);
    const disguises = ['/%6detrics', '/metric%73', '/%6Detrics?a', '/metrics#a', '/metrics;a', '//metrics'];
    for (const path of [
      ...disguises,
      '/metrics/',
      '/Metrics',
      '/./metrics',
      '/docs/../metrics',
      '/metrics%3f',
    ])
      for (const method of ['GET', 'HEAD']) t.equal(await statusOf(path, method), 404, `${method} ${path}`);
  },
);

t.test('HEAD answers as GET does, without the body', async (t) => {
  for (const path of ['/v1/profiles', '/healthz', '/v1/clients/whoever']) {
    const [head, get] = [await send('HEAD', path), await send('GET', path)];
    t.equal(head.status, get.status, path);
    t.equal(head.headers.get('content-type'), get.headers.get('content-type'));
    t.equal(await head.text(), '');
  }
});

t.test('a parameter that a call does not know is refused by its name; a page takes any', async (t) => {
  for (const path of [
    '/v1/profiles?page=2',
    '/v1/profiles/cost/template?page=2',
    '/v1/clients/x/events?page=2',
  ]) {
    const { status, body } = await api(service, 'GET', path);
    t.equal(status, 400, path);
    t.match(body, { code: 'request-invalid', errors: [{ field: 'page', message: /parameter/ }] });
  }
  t.equal((await send('GET', '/failures?utm_source=mail')).status, 200);
});
