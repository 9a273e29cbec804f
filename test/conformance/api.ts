import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Json } from '../support/world.js';
import type { Attempt } from './attempts.js';
import { connected } from './aws.js';
import { type Deployment, refusal, standing } from './deployment.js';

const tenants = 'Other tenants’ ids';
const NOBODY = 'cli_01890000-0000-7000-8000-000000000000';

/** A call about one client's thing by the address of another. */
const across = (
  attempt: string,
  expected: string,
  act: (target: Deployment, mine: Json, theirs: Json, account: string) => ReturnType<Deployment['call']>,
): Attempt => ({
  ...{ cls: tenants, attempt, expected: `${expected}; the other connected` },
  needs: 'sandbox',
  run: async (target) => {
    const [mine, { client, account }] = [await target.invite(), await connected(target)];
    const answer = await act(target, mine, client, account);
    return `${refusal(answer)}; the other ${standing((await target.accountsOf(client))[0])}`;
  },
});

const crossing: readonly Attempt[] = [
  across('read an account by another client', '404 not-found', ({ call }, { id }, _, account) =>
    call('GET', `/v1/clients/${id}/accounts/${account}`),
  ),
  across('remove an account by another client', '404 not-found', ({ call }, { id }, _, account) =>
    call('DELETE', `/v1/clients/${id}/accounts/${account}`),
  ),
  across('withdraw a link by another client', '404 not-found', ({ call }, { id }, { launch }) =>
    call('DELETE', `/v1/clients/${id}/launches/${launch.id}`),
  ),
  across('the other’s id with ..', '400 request-invalid', ({ call }, { id }, theirs) =>
    call('GET', `/v1/clients/${id}%2f..%2f${theirs.id}`),
  ),
  {
    ...{ cls: tenants, attempt: 'another’s events among one’s own', expected: 'own events alone' },
    needs: 'api',
    run: async (target) => {
      const [mine] = [await target.invite(), await target.invite()];
      const events = await target.eventsOf(mine);
      return events.every(({ clientId }) => clientId === mine.id) ? 'own events alone' : 'OTHERS';
    },
  },
  {
    ...{ cls: tenants, attempt: 'a cursor of another client’s events', expected: 'own events alone' },
    needs: 'api',
    run: async (target) => {
      const [mine, theirs] = [await target.invite(), await target.invite()];
      await target.call('PATCH', `/v1/clients/${theirs.id}`, { name: 'y' });
      const { body } = await target.call('GET', `/v1/clients/${theirs.id}/events?limit=1`);
      const cursor = encodeURIComponent(body.nextCursor ?? 'x');
      const seen = await target.call('GET', `/v1/clients/${mine.id}/events?cursor=${cursor}`);
      const items: Json[] = seen.body?.items ?? [];
      return items.every(({ clientId }) => clientId === mine.id) ? 'own events alone' : 'OTHERS';
    },
  },
  ...(['GET', 'PATCH', 'DELETE'] as const).map(
    (method): Attempt => ({
      ...{ cls: tenants, attempt: `${method} without a key and with a wrong one` },
      expected: '401 key-missing, 401 key-unknown',
      needs: 'api',
      run: async (target) => {
        const { id } = await target.invite();
        const body = method === 'PATCH' ? { name: 'y' } : undefined;
        const keys = ['', 'Bearer a-wrong-key-000000000000000'].map((authorization) =>
          target.call(method, `/v1/clients/${id}`, body, { authorization }),
        );
        return (await Promise.all(keys)).map(refusal).join(', ');
      },
    }),
  ),
];

const guessable = 'Guessable ids';
const guesses: readonly Attempt[] = [
  {
    ...{ cls: guessable, attempt: '60 neighbours of a client’s id', expected: '60 not found' },
    needs: 'api',
    run: async (target) => {
      const { id } = await target.invite();
      const number = BigInt(`0x${id.slice(4).replaceAll('-', '')}`);
      const near = Array.from({ length: 61 }, (_, place) => number + BigInt(place - 30)).filter(
        (n) => n !== number,
      );
      const seen = near.map(async (n) => {
        const hex = n.toString(16).padStart(32, '0');
        const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
        return (await target.call('GET', `/v1/clients/cli_${uuid}`)).status;
      });
      return `${(await Promise.all(seen)).filter((status) => status === 404).length} not found`;
    },
  },
  {
    ...{ cls: guessable, attempt: 'an id that is none, and one that nobody has', expected: 'told alike' },
    needs: 'api',
    run: async (target) => {
      const answers = ['x', NOBODY].map(async (id) => {
        const { status, body } = await target.call('GET', `/v1/clients/${id}`);
        return JSON.stringify([status, body.code, body.detail.replace(id, '')]);
      });
      return new Set(await Promise.all(answers)).size === 1 ? 'told alike' : 'TOLD APART';
    },
  },
  {
    ...{
      cls: guessable,
      attempt: 'a link’s token with one character changed, 64 times',
      expected: '64 not found',
    },
    needs: 'api',
    run: async (target) => {
      const { launch } = await target.invite();
      const token: string = launch.pageUrl.split('/').at(-1);
      const near = [...token].map(
        (c, place) => token.slice(0, place) + (c === 'A' ? 'B' : 'A') + token.slice(place + 1),
      );
      const seen = await Promise.all(
        near.map(async (t) => (await target.call('GET', `/launch/${t}`)).status),
      );
      return `${seen.filter((status) => status === 404).length} not found`;
    },
  },
  {
    ...{ cls: guessable, attempt: 'what two tokens of one client have in common', expected: 'its id alone' },
    needs: 'api',
    run: async (target) => {
      const { id, launch } = await target.invite();
      const { body } = await target.call('POST', `/v1/clients/${id}/launches`, {});
      const [one, two] = [launch.pageUrl, body.pageUrl].map((url: string) =>
        Buffer.from(url.split('/').at(-1) ?? '', 'base64url').subarray(16),
      );
      const same = [...(one ?? [])].filter((byte, place) => byte === two?.[place]).length;
      return one?.length === 32 && same < 6 ? 'its id alone' : `${same} BYTES`;
    },
  },
];

const injected = 'Client names that inject';
const MARK = 'conformance-injected';
const names = [
  `"><script>${MARK}</script>`,
  `<img src=x onerror=${MARK}>`,
  `' onmouseover='${MARK}`,
  `'; touch /tmp/${MARK}; '`,
  `$(touch /tmp/${MARK})`,
  `\`touch /tmp/${MARK}\``,
  `&param_ExternalId=${MARK}&templateURL=https://evil.example/x`,
  `#/stacks?${MARK}=1`,
  `: { ${MARK}: true }`,
  `!Sub '\${${MARK}}' # "x"`,
  `{{ ${MARK} }} <%= ${MARK} %>`,
  `\${jndi:ldap://${MARK}}`,
  `..%2f..%2f${MARK}`,
  `\u202e${MARK}`,
];

const injections = names.flatMap((name): Attempt[] => [
  {
    ...{ cls: injected, attempt: `${JSON.stringify(name)} into HTML`, expected: 'escaped' },
    needs: 'api',
    run: async (target) => {
      const { launch } = await target.invite({ name });
      const { text } = await target.call('GET', launch.pageUrl);
      if (/[<>]/.test(name)) return text.includes(name) ? 'RAW' : 'escaped';
      // Without a bracket it stays text, unless it ends the attribute that it stands in.
      return /<[a-z][^>]*\son\w+\s*=/i.test(text) ? 'AN ATTRIBUTE' : 'escaped';
    },
  },
  {
    ...{ cls: injected, attempt: `${JSON.stringify(name)} into YAML, links and commands` },
    expected: 'template as for all, link has its parameters alone, stack name plain',
    needs: 'api',
    run: async (target) => {
      const [plain, client] = [await target.invite(), await target.invite({ name })];
      const { launch } = client;
      const template = async ({ launch }: Json) =>
        (await target.call('GET', `${launch.pageUrl}/template.yaml`)).text;
      const same = (await template(plain)) === (await template(client));
      const query = new URLSearchParams(new URL(launch.quickCreateUrl).hash.split('?')[1]);
      const keys = [...query.keys()].join();
      const right =
        keys === 'templateURL,stackName,param_ExternalId,param_CallbackUrl' &&
        query.get('param_ExternalId') === client.externalId &&
        query.get('templateURL') === launch.templateUrl;
      const stackName = /^[a-zA-Z][a-zA-Z0-9-]{0,127}$/.test(launch.stackName);
      return [
        `template ${same ? 'as for all' : 'CHANGED'}`,
        `link has ${right ? 'its parameters alone' : `OTHERS (${keys})`}`,
        `stack name ${stackName ? 'plain' : 'NOT PLAIN'}`,
      ].join(', ');
    },
  },
]);

const run = promisify(execFile);
const further: readonly Attempt[] = [
  {
    ...{ cls: injected, attempt: 'all of them into the shell command, run with an aws of ours' },
    expected: `${names.length} commands with the right words`,
    needs: 'own',
    run: async (target) => {
      let right = 0;
      for (const name of names) {
        const { launch, externalId } = await target.invite({ name });
        const script = `aws() { printf '%s\\n' "$@"; }; touch() { echo INJECTED; }; ${launch.commands.awsCli}`;
        const { stdout } = await run('sh', ['-c', script]);
        const words = stdout.trimEnd().split('\n');
        const parameters = JSON.parse(words[words.indexOf('--parameters') + 1] ?? '[]');
        const given = parameters.map(({ ParameterValue }: Json) => ParameterValue);
        const fits = words[0] === 'cloudformation' && given[0] === externalId && given.length === 2;
        if (fits && !stdout.includes('INJECTED')) right += 1;
      }
      return `${right} commands with the right words`;
    },
  },
  ...['a\nb', 'a\u0000b', 'a\u0085b', '   ', '', 'x'.repeat(201)].map(
    (name): Attempt => ({
      ...{
        cls: injected,
        attempt: `${JSON.stringify(name).slice(0, 30)} as a name`,
        expected: '400 request-invalid',
      },
      needs: 'api',
      run: async ({ call }) => refusal(await call('POST', '/v1/clients', { name })),
    }),
  ),
  {
    ...{
      cls: injected,
      attempt: 'markup into the account number of the launch page',
      expected: '400, escaped',
    },
    needs: 'api',
    run: async (target) => {
      const { launch } = await target.invite({ callback: 'none' });
      const body = new URLSearchParams({ account: `"><script>${MARK}</script>` }).toString();
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const { status, text } = await target.call('POST', `${launch.pageUrl}/account`, body, headers);
      return `${status}, ${text.includes(`<script>${MARK}`) ? 'RAW' : 'escaped'}`;
    },
  },
  {
    ...{ cls: injected, attempt: 'markup into an address that is not there', expected: '404, as JSON' },
    needs: 'api',
    run: async (target) => {
      const answer = await fetch(`${target.url}/<script>${MARK}</script>`);
      const type = answer.headers.get('content-type') ?? '';
      await answer.text();
      return `${answer.status}, ${type.startsWith('application/problem+json') ? 'as JSON' : type}`;
    },
  },
];

export const apis: readonly Attempt[] = [...crossing, ...guesses, ...injections, ...further];
