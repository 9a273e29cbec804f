import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import t, { type Test } from 'tap';
import { askOrganization } from '../../src/aws/organization.js';

type Answer = readonly [status: number, body: object];

/** AWS Organizations as far as a test scripts it: by operation and page token. */
async function organizations(t: Test, answer: (operation: string, token: string | undefined) => Answer) {
  const asked: { readonly operation: string; readonly pageSize: unknown }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { NextToken, MaxResults } = JSON.parse(Buffer.concat(chunks).toString());
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    asked.push({ operation, pageSize: MaxResults });
    const [status, body] = answer(operation, NextToken);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };
  return { asked, ...askOrganization({ endpoint, region: 'eu-west-1', credentials }) };
}

const error = (name: string): Answer => [400, { __type: name, message: 'no' }];

t.test('an organization is read with its management account and its features', async (t) => {
  const rows: [Answer, object][] = [
    [
      [200, { Organization: { MasterAccountId: '111122223333', FeatureSet: 'ALL' } }],
      { outcome: 'read', value: { managementAccountId: '111122223333', hasAllFeatures: true } },
    ],
    [
      [200, { Organization: { MasterAccountId: '111122223333', FeatureSet: 'CONSOLIDATED_BILLING' } }],
      { outcome: 'read', value: { managementAccountId: '111122223333', hasAllFeatures: false } },
    ],
    [[200, {}], { outcome: 'read', value: { managementAccountId: '', hasAllFeatures: false } }],
    [error('AWSOrganizationsNotInUseException'), { outcome: 'read', value: null }],
    [error('AccessDeniedException'), { outcome: 'denied' }],
    [error('ServiceException'), { outcome: 'inconclusive', error: 'ServiceException' }],
  ];
  for (const [answer, expected] of rows) {
    const { organization } = await organizations(t, () => answer);
    t.strictSame(await organization(), expected, JSON.stringify(answer));
  }
});

t.test('the active accounts of all pages are read, by State where AWS tells it', async (t) => {
  const pages: Record<string, object> = {
    '': { Accounts: [{ Id: '000000000001', State: 'ACTIVE', Status: 'SUSPENDED' }], NextToken: 'a' },
    a: { Accounts: [], NextToken: 'b' },
    b: {
      Accounts: [
        { Id: '000000000002', Status: 'ACTIVE' },
        { Id: '000000000003', State: 'SUSPENDED', Status: 'ACTIVE' },
        { Id: '000000000004', Status: 'PENDING_CLOSURE' },
        { State: 'ACTIVE' },
      ],
    },
  };
  const { activeAccounts, asked } = await organizations(t, (_, token) => [200, pages[token ?? ''] ?? {}]);
  t.strictSame(await activeAccounts(), {
    outcome: 'read',
    value: new Set(['000000000001', '000000000002']),
  });
  t.match(asked, [{ operation: 'ListAccounts', pageSize: 20 }, {}, {}], 'an empty page is not the last');
});

t.test('a list of which a page is missing is no list', async (t) => {
  for (const [name, outcome] of [
    ['AccessDeniedException', 'denied'],
    ['ServiceException', 'inconclusive'],
  ] as const) {
    const first: Answer = [200, { Accounts: [{ Id: '000000000001', State: 'ACTIVE' }], NextToken: 'a' }];
    const { activeAccounts } = await organizations(t, (_, token) =>
      token === undefined ? first : error(name),
    );
    t.match(await activeAccounts(), { outcome }, name);
  }
});

t.test('throttling is waited out', async (t) => {
  let left = 2;
  const { activeAccounts, asked } = await organizations(t, () => {
    left -= 1;
    return left >= 0 ? error('TooManyRequestsException') : [200, { Accounts: [] }];
  });
  t.strictSame(await activeAccounts(), { outcome: 'read', value: new Set() });
  t.equal(asked.length, 3);
});

t.test('each partition has one endpoint, which the SDK knows by the region', async (t) => {
  for (const [region, host] of [
    ['eu-west-1', 'organizations.us-east-1.amazonaws.com'],
    ['us-gov-east-1', 'organizations.us-gov-west-1.amazonaws.com'],
    ['cn-north-1', 'organizations.cn-northwest-1.amazonaws.com.cn'],
  ] as const) {
    const { config } = new OrganizationsClient({ region });
    const { url } = config.endpointProvider({ Region: region, UseFIPS: false, UseDualStack: false });
    t.equal(url.hostname, host, region);
  }
});
