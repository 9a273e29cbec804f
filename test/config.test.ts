import t from 'tap';
import { readConfig } from '../src/config.js';
import { ConfigError } from '../src/config-error.js';

const minimal = {
  TRUSTED_PRINCIPAL_ARN: 'arn:aws:iam::999999999999:role/RolecallService',
  TEMPLATE_BASE_URL: 'https://rolecall-templates.s3.us-east-1.amazonaws.com/v1',
};
const control = {
  CONTROL_ROLE_STRICT_ARN: 'arn:aws:iam::999999999999:role/Strict',
  CONTROL_ROLE_OPEN_ARN: 'arn:aws:iam::999999999999:role/Open',
  CONTROL_EXTERNAL_ID: 'control',
};

t.test('two variables are enough; the others have defaults', async (t) => {
  t.match(readConfig(minimal), {
    host: '127.0.0.1',
    port: 8080,
    publicUrl: 'http://127.0.0.1:8080',
    tableName: 'rolecall',
    tableCreate: 'never',
    templateCheck: 'at-start',
    templateBaseUrl: minimal.TEMPLATE_BASE_URL,
    trustedPrincipal: { account: '999999999999', partition: { id: 'aws' } },
    controlRoles: null,
    adminApiKey: null,
    simulatorOrigin: null,
    logLevel: 'info',
    snsSignatureVersions: ['2'],
    giveUpAfter: 20,
    operator: { name: 'Rolecall', support: null, logo: null },
    issuer: null,
    limits: {
      ...{ requestsPerMinute: 6_000, authFailuresPerMinute: 60, memory: null, requestTimeout: 30_000 },
      ...{ corsOrigins: [], trustProxy: null },
    },
  });
  const empty = Object.fromEntries(
    [
      'HOST',
      'PORT',
      'PUBLIC_URL',
      'TABLE_NAME',
      'TABLE_CREATE',
      'ADMIN_API_KEY',
      'AWS_SIMULATOR_URL',
      'LOG_LEVEL',
      'SNS_SIGNATURE_VERSION_1',
      'GIVE_UP_AFTER',
      'OPERATOR_NAME',
      'OPERATOR_SUPPORT',
      'OPERATOR_LOGO',
    ].map((name) => [name, '']),
  );
  t.strictSame(
    readConfig({ ...minimal, ...empty }),
    readConfig(minimal),
    'an empty variable is one that is not set',
  );
});

t.test('what is set is taken', async (t) => {
  const config = readConfig({
    ...minimal,
    ...control,
    HOST: '0.0.0.0',
    PORT: '0',
    PUBLIC_URL: 'https://access.example.com/rolecall/',
    TABLE_NAME: 'my-table.1',
    TABLE_CREATE: 'if-missing',
    TRUSTED_PRINCIPAL_ARN: 'arn:aws-us-gov:iam::999999999999:user/services/rolecall',
    TEMPLATE_BASE_URL: 'http://127.0.0.1:4566/templates/',
    TEMPLATE_CHECK: 'skip',
    ADMIN_API_KEY: 'a-key-of-24-characters-0',
    CENTRAL_ACCOUNT_ID: '111122223333',
    AWS_SIMULATOR_URL: 'http://127.0.0.1:4566/',
    LOG_LEVEL: 'warn',
    SNS_SIGNATURE_VERSION_1: 'allow',
    GIVE_UP_AFTER: '3',
  });
  t.match(config, {
    host: '0.0.0.0',
    port: 0,
    publicUrl: 'https://access.example.com/rolecall',
    tableName: 'my-table.1',
    tableCreate: 'if-missing',
    trustedPrincipal: {
      text: 'arn:aws-us-gov:iam::999999999999:user/services/rolecall',
      partition: { id: 'aws-us-gov' },
    },
    templateBaseUrl: 'http://127.0.0.1:4566/templates',
    templateCheck: 'skip',
    adminApiKey: 'a-key-of-24-characters-0',
    centralAccountId: '111122223333',
    simulatorOrigin: 'http://127.0.0.1:4566',
    controlRoles: {
      strict: 'arn:aws:iam::999999999999:role/Strict',
      open: 'arn:aws:iam::999999999999:role/Open',
      externalId: 'control',
    },
    logLevel: 'warn',
    snsSignatureVersions: ['1', '2'],
    giveUpAfter: 3,
  });
  for (const url of [
    'http://localhost:8080',
    'http://127.0.0.2:80',
    'http://[::1]:8080',
    'https://127.0.0.1',
  ])
    t.ok(readConfig({ ...minimal, PUBLIC_URL: url }), `${url} is on loopback`);
});

t.test(
  'a variable that is missing or wrong is named in one line, with the fault and an example',
  async (t) => {
    const role = 'arn:aws:iam::999999999999:role';
    const rows: [string, (string | undefined)[]][] = [
      [
        'TRUSTED_PRINCIPAL_ARN',
        [
          undefined,
          '',
          'RolecallService',
          'arn:aws:iam::999999999999:root',
          '999999999999',
          '*',
          'arn:aws:iam::999999999999:*',
          `${role}/*`,
          `${role}/Rolecall?`,
          'arn:aws:iam::*:role/RolecallService',
          'arn:aws:iam::999999999999:user/*',
          'arn:aws:sts::999999999999:assumed-role/RolecallService/session',
          'arn:aws:sts::999999999999:federated-user/x',
          'arn:aws:iam::999999999999:group/x',
          'arn:aws:iam::aws:role/x',
          'arn:aws-mars:iam::999999999999:role/x',
          `${role}/RolecallService\n`,
          ` ${role}/RolecallService`,
          `${role}/a/../RolecallService`,
        ],
      ],
      [
        'TEMPLATE_BASE_URL',
        [
          undefined,
          '',
          'x',
          'http://bucket.s3.us-east-1.amazonaws.com',
          'ftp://x',
          'https://user@x.com',
          'https://x.com?a=1',
          'https://x.com#a',
          's3://bucket',
        ],
      ],
      [
        'PUBLIC_URL',
        [
          'x',
          'http://access.example.com',
          'http://127.0.0.1.example.com',
          'http://localhost.example.com',
          'http://0.0.0.0:8080',
          'http://10.0.0.1',
          'ftp://127.0.0.1',
          'https://user:x@access.example.com',
          'https://access.example.com/?a=1',
          'https://access.example.com/?',
          'https://access.example.com/#',
          '//access.example.com',
        ],
      ],
      ['PORT', ['x', '-1', '65536', '80.5', '0x50', '1e3', ' 80', '999999']],
      ['TABLE_NAME', ['ab', 'a b', 'x'.repeat(256), 'a/b', 'ä'.repeat(3)]],
      ['TABLE_CREATE', ['yes', 'IF-MISSING', 'always', 'true']],
      ['TEMPLATE_CHECK', ['no', 'true', 'Skip']],
      [
        'ADMIN_API_KEY',
        ['short', 'x'.repeat(23), `${'x'.repeat(24)} `, `${'x'.repeat(24)}\n`, 'é'.repeat(24)],
      ],
      ['CENTRAL_ACCOUNT_ID', ['11112222333', '1111222233334', ' 111122223333', '1111-2222-3333', 'x']],
      [
        'AWS_SIMULATOR_URL',
        [
          'x',
          'http://127.0.0.1:4566/path',
          'http://user@127.0.0.1:4566',
          'http://127.0.0.1:4566/?a=1',
          'file:///x',
        ],
      ],
      ['LOG_LEVEL', ['loud', 'INFO']],
      ['SNS_SIGNATURE_VERSION_1', ['yes', 'true', '1', 'ALLOW']],
      ['GIVE_UP_AFTER', ['0', '-1', 'never', '1001', '2.5']],
      ['RATE_LIMIT_PER_MINUTE', ['0', '-1', 'none', '1.5']],
      ['AUTH_FAILURES_PER_MINUTE', ['0', 'x']],
      ['MEMORY_LIMIT_MB', ['-1', '512MB', '1e3']],
      ['REQUEST_TIMEOUT_SECONDS', ['0', '301']],
      [
        'CORS_ORIGINS',
        [
          '*',
          'null',
          'admin.example.com',
          'https://admin.example.com/',
          'https://a.example,https://b.example/x',
        ],
      ],
      [
        'TRUST_PROXY',
        ['true', '0', '10', '10.0.0.0/33', '10.0.0.0/0', '::1/129', '10.0.0.1/8/8', 'proxy.example.com'],
      ],
      ['OIDC_ISSUER', ['x', 'http://login.example.com', 'https://login.example.com/?a=1', 'ftp://127.0.0.1']],
      ['OPERATOR_NAME', ['   ', 'x'.repeat(81)]],
      [
        'OPERATOR_SUPPORT',
        [
          'help@example.com',
          'http://example.com',
          'javascript:alert(1)',
          'data:text/html,x',
          'mailto:',
          'mailto:a@b.example,c@d.example',
          'https://user:x@example.com',
          'https://example.com/ä',
          `https://example.com/${'x'.repeat(200)}`,
        ],
      ],
      ['OPERATOR_LOGO', ['/nowhere/logo.svg', '/', 'package.json', '\u0000']],
    ];
    for (const [name, values] of rows)
      for (const value of values) {
        const { [name]: _, ...rest } = minimal as Record<string, string>;
        const environment = { ...rest, ...(value !== undefined && { [name]: value }) };
        const label = `${name}=${value === undefined ? '(not set)' : JSON.stringify(value.slice(0, 60))}`;
        try {
          readConfig(environment);
          t.fail(`${label} is taken`);
        } catch (error) {
          const message = error instanceof ConfigError ? error.message : String(error);
          t.match(message, new RegExp(`^${name} (is|has) .+, for example ${name}=\\S.*$`), label);
          t.notMatch(message, /\n/, `${label}: one line`);
        }
      }
  },
);

t.test('an example is one that would be taken', async (t) => {
  const names = [
    'TRUSTED_PRINCIPAL_ARN',
    'TEMPLATE_BASE_URL',
    'PUBLIC_URL',
    'PORT',
    'TABLE_NAME',
    'ADMIN_API_KEY',
    'AWS_SIMULATOR_URL',
    'LOG_LEVEL',
    'TABLE_CREATE',
    'SNS_SIGNATURE_VERSION_1',
    'GIVE_UP_AFTER',
    'RATE_LIMIT_PER_MINUTE',
    'AUTH_FAILURES_PER_MINUTE',
    'MEMORY_LIMIT_MB',
    'REQUEST_TIMEOUT_SECONDS',
    'CORS_ORIGINS',
    'TRUST_PROXY',
  ];
  for (const name of names)
    try {
      readConfig({ ...minimal, [name]: '\u0000' });
      t.fail(`${name} takes anything`);
    } catch (error) {
      const [, example = ''] = /for example \w+=(.*)$/.exec(String(error)) ?? [];
      t.ok(readConfig({ ...minimal, [name]: example }), `${name}=${example}`);
    }
});

t.test('the control roles go together', async (t) => {
  for (const name of Object.keys(control)) {
    const { [name as keyof typeof control]: _, ...rest } = control;
    t.throws(
      () => readConfig({ ...minimal, ...rest }),
      { name: 'ConfigError', message: new RegExp(`^${name} `) },
      `without ${name}`,
    );
  }
  for (const [name, value] of [
    ['CONTROL_ROLE_STRICT_ARN', 'arn:aws:iam::999999999999:user/x'],
    ['CONTROL_ROLE_OPEN_ARN', 'x'],
    ['CONTROL_EXTERNAL_ID', 'x'],
    ['CONTROL_EXTERNAL_ID', 'a b'],
    ['CONTROL_EXTERNAL_ID', 'x'.repeat(1225)],
  ] as const)
    t.throws(
      () => readConfig({ ...minimal, ...control, [name]: value }),
      { message: new RegExp(`^${name} `) },
      `${name}=${value.slice(0, 40)}`,
    );
});

t.test('limits are read in their units, lists with blanks between their values', async (t) => {
  const read = (env: object) => readConfig({ ...minimal, ...env }).limits;
  t.match(read({ MEMORY_LIMIT_MB: '512', REQUEST_TIMEOUT_SECONDS: '5' }), {
    memory: 512 * 1024 * 1024,
    requestTimeout: 5_000,
  });
  const origins = ['https://a.example', 'http://127.0.0.1:3000'];
  t.strictSame(read({ CORS_ORIGINS: origins.join(' , ') }).corsOrigins, origins);
  for (const [text, proxies] of [
    ['2', 2],
    ['loopback', ['loopback']],
    ['10.0.0.0/8, fd00::/8,192.0.2.1', ['10.0.0.0/8', 'fd00::/8', '192.0.2.1']],
  ] as const)
    t.strictSame(read({ TRUST_PROXY: text }).trustProxy, proxies);
});

t.test('an issuer of tokens is named with its audience, and by what signs for it', async (t) => {
  const issuer = {
    OIDC_ISSUER: 'https://login.example.com/tenant',
    OIDC_AUDIENCE: 'https://access.example.com',
  };
  const read = (env: object) => readConfig({ ...minimal, ...env }).issuer;
  const named = { url: issuer.OIDC_ISSUER, audience: issuer.OIDC_AUDIENCE };
  t.strictSame(read(issuer), { ...named, scopesClaim: 'scope', algorithms: ['RS256'] });
  t.match(
    read({ ...issuer, OIDC_SCOPES_CLAIM: 'https://x.example/scopes', OIDC_ALGORITHMS: 'ES256, EdDSA' }),
    {
      scopesClaim: 'https://x.example/scopes',
      algorithms: ['ES256', 'EdDSA'],
    },
  );
  for (const [name, env] of [
    ['OIDC_AUDIENCE', { OIDC_ISSUER: issuer.OIDC_ISSUER }],
    ['OIDC_ISSUER', { OIDC_AUDIENCE: issuer.OIDC_AUDIENCE }],
    ['OIDC_ALGORITHMS', { ...issuer, OIDC_ALGORITHMS: 'none' }],
    ['OIDC_ALGORITHMS', { ...issuer, OIDC_ALGORITHMS: 'RS256,HS256' }],
    ['OIDC_SCOPES_CLAIM', { ...issuer, OIDC_SCOPES_CLAIM: 'a b' }],
  ] as const)
    t.throws(() => read(env), { message: new RegExp(`^${name} .+, for example ${name}=`) }, name);
});

t.test('an error never repeats a secret', async (t) => {
  t.throws(() => readConfig({ ...minimal, ADMIN_API_KEY: 'hunter2' }), /^(?!.*hunter2)/);
  try {
    readConfig({ ...minimal, ADMIN_API_KEY: 'hunter2' });
  } catch (error) {
    t.notMatch(String(error), 'hunter2');
  }
});

t.test('the operator’s address and logo are read, the logo by what it holds', async (t) => {
  const { operator: by } = readConfig({ ...minimal, OPERATOR_SUPPORT: 'mailto:access@example.com' });
  t.same(by.support, { url: 'mailto:access@example.com', words: 'access@example.com' });
  const { operator: at } = readConfig({ ...minimal, OPERATOR_SUPPORT: 'https://example.com/help/' });
  t.same(at.support, { url: 'https://example.com/help/', words: 'example.com/help' });

  const svg = '\ufeff<?xml version="1.0"?>\n<!-- ours -->\n<svg xmlns="http://www.w3.org/2000/svg"/>';
  const png = Buffer.from('89504e470d0a1a0a0000', 'hex');
  const folder = t.testdir({
    'logo.svg': svg,
    'logo.png': png,
    'named.png': svg,
    'html.svg': '<html><svg></svg></html>',
    'text.png': 'PNG',
    'large.svg': `<svg>${'x'.repeat(20 * 1024)}</svg>`,
  });
  const logo = (file: string) => readConfig({ ...minimal, OPERATOR_LOGO: `${folder}/${file}` }).operator.logo;
  t.same(logo('logo.svg'), { type: 'image/svg+xml', bytes: Buffer.from(svg) });
  t.same(logo('logo.png'), { type: 'image/png', bytes: png });
  t.match(logo('named.png'), { type: 'image/svg+xml' });
  for (const [file, fault] of [
    ['html.svg', 'has to be an SVG or PNG image'],
    ['text.png', 'has to be an SVG or PNG image'],
    ['large.svg', 'has to be at most 20 KB, and is 20491 bytes'],
    ['none.svg', 'has to be the path of a file that can be read'],
  ] as const)
    t.throws(() => logo(file), {
      message: `OPERATOR_LOGO ${fault}, for example OPERATOR_LOGO=/etc/rolecall/logo.svg`,
    });
});
