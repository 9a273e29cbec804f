import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import t from 'tap';
import { faultInChain, isInDate } from '../../src/aws/certificate-chain.js';
import { makeCertificates } from '../../src/aws/sns-certificates.js';
import type { OutgoingRequest } from '../../src/net/outgoing.js';
import { makeCertificate } from '../../src/sandbox/sns/certificate.js';
import { type Issued, issue, type Wording } from './authority.js';

const day = 86_400_000;
const invalid = { name: 'Problem', code: 'signature-invalid' };
const unavailable = { name: 'Problem', code: 'unavailable' };
const leadsNowhere = 'its chain leads to no authority that is trusted';
const outOfDate = 'a certificate of its chain is out of date';
const tooLong = 'its chain is too long';

const host = 'sns.us-east-1.amazonaws.com';
const issuerUrl = 'http://crt.example/issuer.cer';
const root = issue('Root', { ca: true, maySign: true });
const middle = issue('Middle', { by: root, ca: true, maySign: true });
const lower = issue('Lower', { by: middle, ca: true });
const lowest = issue('Lowest', { by: lower, ca: true });
const leafBy = (by: Issued, words: Wording = {}) => issue(host, { by, hosts: [host], ...words });

/** Follows a chain to the test's root; `fetched` is what stands at each address. */
async function follow(
  leaf: Issued,
  others: readonly Issued[] = [],
  fetched: Readonly<Record<string, Issued>> = {},
  now = Date.now(),
  roots: readonly Issued[] = [root],
) {
  const asked: string[] = [];
  const fault = await faultInChain(
    leaf.certificate,
    others.map(({ certificate }) => certificate),
    {
      now: () => now,
      roots: roots.map(({ certificate }) => certificate),
      fetchIssuer: async ({ href }) => {
        asked.push(href);
        const there = fetched[href];
        if (there === undefined) throw new Error(`nothing at ${href}`);
        return there.certificate;
      },
    },
  );
  return { fault, asked };
}

t.test('a chain that leads to a trusted root holds', async (t) => {
  const another = issue('Another', { ca: true });
  const rows: [string, Issued, Issued[]][] = [
    ['issued by the root itself', leafBy(root), []],
    ['by one intermediate', leafBy(middle), [middle]],
    ['by two', leafBy(lower), [lower, middle]],
    ['in any order, with others among them', leafBy(lower), [another, middle, root, lower]],
    ['with the root in the file as well', leafBy(middle), [middle, root]],
  ];
  for (const [name, leaf, others] of rows)
    t.strictSame(await follow(leaf, others), { fault: null, asked: [] }, name);
});

t.test('an issuer that did not come along is fetched from where the certificate says', async (t) => {
  const middleAlone = issue('Middle', { by: root, ca: true });
  const lowerAlone = issue('Lower', { by: middleAlone, ca: true, issuerUrl: `${issuerUrl}?middle` });
  const leaf = leafBy(lowerAlone, { issuerUrl });
  const there = { [issuerUrl]: lowerAlone, [`${issuerUrl}?middle`]: middleAlone };
  t.strictSame(await follow(leaf, [], there), { fault: null, asked: [issuerUrl, `${issuerUrl}?middle`] });
  t.strictSame(await follow(leaf, [lowerAlone], there), { fault: null, asked: [`${issuerUrl}?middle`] });
  t.strictSame(await follow(leaf, [middleAlone, lowerAlone], there), { fault: null, asked: [] });
  t.strictSame(
    await follow(leafBy(root, { issuerUrl })),
    { fault: null, asked: [] },
    'not where the root is known',
  );
  await t.rejects(follow(leaf), /nothing at/, 'what the fetching throws comes through');
  t.equal(
    (await follow(leaf, [], { [issuerUrl]: middleAlone })).fault,
    leadsNowhere,
    'what is there must be the issuer',
  );
});

t.test('a chain that leads elsewhere is refused', async (t) => {
  const impostor = issue('Root', { ca: true });
  const ownMiddle = issue('Middle', { by: impostor, ca: true });
  const notCa = issue('Middle', { by: root, ca: false });
  const silent = issue('Middle', { by: root });
  const notSigning = issue('Middle', { by: root, ca: true, maySign: false });
  const renamed = issue('Renamed', { by: root, ca: true, keys: middle.keys });
  const selfSigned = issue(host, { hosts: [host] });
  const selfSignedCa = issue(host, { hosts: [host], ca: true });
  const circle = { by: issue('B', { ca: true }) };
  const one = issue('A', { by: circle.by, ca: true });
  const other = issue('B', { by: one, ca: true, keys: circle.by.keys });
  const rows: [string, Issued, Issued[], string][] = [
    ['by nobody who is known', leafBy(middle), [], leadsNowhere],
    ['by a root of the same name and another key', leafBy(impostor), [], leadsNowhere],
    ['by that root, which came along', leafBy(impostor), [impostor], tooLong],
    ['by an intermediate of the same name and another key', leafBy(ownMiddle), [middle], leadsNowhere],
    ['by an intermediate of that root', leafBy(ownMiddle), [ownMiddle, impostor], tooLong],
    ['by a certificate that is no authority’s', leafBy(notCa), [notCa], leadsNowhere],
    ['by one that does not say whether it is', leafBy(silent), [silent], leadsNowhere],
    ['by one that may not sign certificates', leafBy(notSigning), [notSigning], leadsNowhere],
    ['by an authority of another name with the same key', leafBy(middle), [renamed], leadsNowhere],
    ['by another leaf of SNS', leafBy(leafBy(root)), [leafBy(root)], leadsNowhere],
    ['signed by itself', selfSigned, [selfSigned], leadsNowhere],
    ['signed by itself as an authority', selfSignedCa, [selfSignedCa], tooLong],
    ['in a circle', leafBy(one), [one, other], tooLong],
    ['through three intermediates', leafBy(lowest), [lowest, lower, middle], tooLong],
  ];
  for (const [name, leaf, others, fault] of rows) t.equal((await follow(leaf, others)).fault, fault, name);
  t.equal(
    (await follow(leafBy(root), [], {}, Date.now(), [])).fault,
    leadsNowhere,
    'where no root is trusted',
  );
  const fakeRoot = issue('Root', { ca: false, keys: root.keys });
  t.equal(
    (await follow(leafBy(root), [], {}, Date.now(), [fakeRoot])).fault,
    leadsNowhere,
    'a root is an authority, too',
  );
});

t.test('a certificate whose issuer’s address cannot be read leads nowhere', async (t) => {
  for (const address of ['nonsense', '', 'http://', '/issuer.cer'])
    t.strictSame(
      await follow(leafBy(middle, { issuerUrl: address })),
      { fault: leadsNowhere, asked: [] },
      address,
    );
});

t.test('every certificate of a chain has to be in date', async (t) => {
  const now = Date.now();
  const over = { from: now - 30 * day, to: now - day };
  const ahead = { from: now + day, to: now + 30 * day };
  const rows: [string, Issued, Issued[], Issued[], string | null][] = [
    ['all of it is', leafBy(middle), [middle], [root], null],
    ['the leaf has run out', leafBy(root, over), [], [root], outOfDate],
    ['the leaf is not good yet', leafBy(root, ahead), [], [root], outOfDate],
    ...[over, ahead].map((dates): [string, Issued, Issued[], Issued[], string] => {
      const dated = issue('Middle', { by: root, ca: true, ...dates });
      return ['the intermediate is not', leafBy(dated), [dated], [root], outOfDate];
    }),
    ...[over, ahead].map((dates): [string, Issued, Issued[], Issued[], string] => {
      const dated = issue('Root', { ca: true, keys: root.keys, ...dates });
      return ['the root is not', leafBy(root), [], [dated], 'the root of its chain is out of date'];
    }),
  ];
  for (const [name, leaf, others, roots, fault] of rows)
    t.equal((await follow(leaf, others, {}, now, roots)).fault, fault, name);
  const { certificate } = issue('x', { from: now - day, to: now + day });
  for (const [time, good] of [
    [now, true],
    [now + 2 * day, false],
    [now - 2 * day, false],
  ] as const)
    t.equal(isInDate(certificate, time), good);
});

t.test('left out, the roots are those that Node.js trusts', async (t) => {
  const ports = { now: Date.now, fetchIssuer: async () => Promise.reject(new Error('not asked')) };
  const public_ = rootCertificates
    .map((pem) => new X509Certificate(pem))
    .find((one) => isInDate(one, Date.now()));
  t.equal(public_ && (await faultInChain(public_, [], ports)), null);
  t.equal(await faultInChain(leafBy(root).certificate, [root.certificate], ports), tooLong);
});

/** SNS's certificates as a service gets them that trusts the test's root; `files` is what the network has. */
function getting(files: Readonly<Record<string, string | Buffer>>, simulatorOrigin: string | null = null) {
  const sent: OutgoingRequest[] = [];
  const clock = { now: Date.now() };
  const get = makeCertificates({
    now: () => clock.now,
    simulatorOrigin,
    roots: [root.certificate],
    send: async (request) => {
      sent.push(request);
      const body = files[request.url.href];
      return body === undefined
        ? { status: 404, body: Buffer.alloc(0) }
        : { status: 200, body: Buffer.from(body) };
    },
  });
  return { sent, clock, get };
}

const at = (name: string, region = 'us-east-1', suffix = 'amazonaws.com') =>
  new URL(`https://sns.${region}.${suffix}/SimpleNotificationService-${name}.pem`);
const pem = (...issued: Issued[]) => issued.map(({ certificate }) => String(certificate)).join('\n');

t.test('a certificate of the public SNS', async (t) => {
  const url = at('a');

  t.test('is followed through the file it came in, and kept', async (t) => {
    const leaf = leafBy(lower);
    const { sent, get } = getting({ [url.href]: pem(leaf, lower, middle) });
    t.equal((await get(url)).fingerprint256, leaf.certificate.fingerprint256);
    await get(url);
    t.equal(sent.length, 1);
    t.notOk(sent[0]?.plain, 'it is fetched over https');
  });

  t.test('that comes alone is followed to where it says, by plain http as authorities have it', async (t) => {
    for (const body of [middle.certificate.raw, pem(middle)]) {
      const leaf = leafBy(middle, { issuerUrl });
      const { sent, get } = getting({ [url.href]: pem(leaf), [issuerUrl]: body });
      t.equal((await get(url)).fingerprint256, leaf.certificate.fingerprint256);
      t.match(sent[1], { url: { href: issuerUrl }, method: 'GET', plain: true });
    }
  });

  t.test('whose issuer cannot be had makes SNS send again, one that cannot be read does not', async (t) => {
    const file = { [url.href]: pem(leafBy(middle, { issuerUrl })) };
    await t.rejects(getting(file).get(url), unavailable);
    for (const body of ['', 'nonsense', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'])
      await t.rejects(getting({ ...file, [issuerUrl]: body }).get(url), invalid, body);
    await t.rejects(getting({ ...file, [issuerUrl]: pem(lower) }).get(url), invalid, 'nor one of another');
  });

  t.test('has to be made out to SNS', async (t) => {
    const rows: [URL, readonly string[], boolean][] = [
      [url, ['sns.us-east-1.amazonaws.com'], true],
      [url, ['sns.amazonaws.com'], true],
      [url, ['other.example', 'sns.amazonaws.com'], true],
      [at('a', 'eu-west-1'), ['sns.eu-west-1.amazonaws.com'], true],
      [at('a', 'cn-north-1', 'amazonaws.com.cn'), ['sns.cn-north-1.amazonaws.com.cn'], true],
      [at('a', 'cn-north-1', 'amazonaws.com.cn'), ['sns.amazonaws.com.cn'], true],
      [url, ['sns.eu-west-1.amazonaws.com'], false],
      [url, ['amazonaws.com'], false],
      [url, ['s3.amazonaws.com'], false],
      [url, ['sns.us-east-1.amazonaws.com.evil.example'], false],
      [url, ['evil-sns.us-east-1.amazonaws.com'], false],
      [url, ['evil.example'], false],
      [url, ['sns.amazonaws.com.cn'], false],
      [url, [], false],
    ];
    for (const [where, hosts, good] of rows) {
      const leaf = issue('Somebody', { by: root, ...(hosts.length > 0 && { hosts }) });
      const got = getting({ [where.href]: pem(leaf) }).get(where);
      const name = `${hosts.join(', ') || 'nobody'} at ${where.hostname}`;
      if (good) t.ok(await got, name);
      else await t.rejects(got, invalid, name);
    }
  });

  t.test('that is not trusted is refused, and asked for anew', async (t) => {
    const { pem: simulated } = await makeCertificate();
    const impostor = issue('Root', { ca: true });
    const now = Date.now();
    const rows: [string, string][] = [
      ['the simulator’s', simulated],
      ['signed by itself', pem(issue(host, { hosts: [host] }))],
      ['by a root of the same name', pem(leafBy(impostor), impostor)],
      ['out of date', pem(leafBy(root, { from: now - 30 * day, to: now - day }))],
      ['an authority behind a leaf that is none', pem(root, leafBy(root))],
      ['none', 'nonsense'],
      ['empty', ''],
    ];
    for (const [name, body] of rows) {
      const { sent, get } = getting({ [url.href]: body });
      for (const times of [1, 2]) {
        await t.rejects(get(url), invalid, name);
        t.equal(sent.length, times, `${name}: it is not kept`);
      }
    }
    const origin = 'http://127.0.0.1:4566';
    const local = new URL('/SimpleNotificationService-a.pem', origin);
    t.ok(
      await getting({ [local.href]: simulated }, origin).get(local),
      'the simulator’s own is taken from it',
    );
    await t.rejects(getting({ [url.href]: simulated }, origin).get(url), invalid, 'and from nowhere else');
  });

  t.test('that runs out while it is kept is refused from then on', async (t) => {
    const leaf = leafBy(root, { to: Date.now() + 60_000 });
    const { clock, sent, get } = getting({ [url.href]: pem(leaf) });
    t.ok(await get(url));
    clock.now += 120_000;
    await t.rejects(get(url), invalid);
    t.equal(sent.length, 1);
  });

  t.test('made-up addresses drive no good one out', async (t) => {
    const { sent, get } = getting({ [url.href]: pem(leafBy(root)) });
    await get(url);
    for (let place = 0; place < 150; place += 1) await t.rejects(get(at(`made-up-${place}`)), unavailable);
    sent.length = 0;
    await get(url);
    t.strictSame(sent, []);
  });
});

t.test('no more than ten certificates are fetched at once', async (t) => {
  const waiting: (() => void)[] = [];
  const get = makeCertificates({
    now: Date.now,
    simulatorOrigin: null,
    roots: [root.certificate],
    send: () =>
      new Promise((resolve) =>
        waiting.push(() => resolve({ status: 200, body: Buffer.from(pem(leafBy(root))) })),
      ),
  });
  const fetched = Array.from({ length: 10 }, (_, place) => get(at(`${place}`)));
  await t.rejects(get(at('10')), unavailable, 'whoever names more makes names up');
  const same = get(at('3'));
  t.equal(waiting.length, 10, 'while one that is under way is waited for');
  for (const go of waiting) go();
  t.equal((await Promise.all([...fetched, same])).length, 11);
  const eleventh = get(at('10'));
  waiting.at(-1)?.();
  t.ok(await eleventh, 'and then there is room');
});
