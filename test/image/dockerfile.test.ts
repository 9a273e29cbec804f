import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';

// The Dockerfile's steps, carried out one by one in empty folders, since there may be no container engine. Node is the
// one that runs this, in place of the image's; everything else is what the image holds.

t.setTimeout(390_000);
const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

interface Stage {
  readonly base: string;
  readonly folder: string;
  /** Where it works, below its folder. */
  workdir: string;
  readonly environment: Record<string, string>;
  readonly said: Map<string, string>;
}

/** Carries a Dockerfile's instructions out. Returns its last stage. Throws at one that it does not know. */
async function build(dockerfile: string, into: string): Promise<Stage> {
  const stages = new Map<string, Stage>();
  let stage: Stage | undefined;
  for (const line of dockerfile.replaceAll(/\\\n/g, ' ').split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [word = '', ...rest] = line.trim().split(/\s+/);
    if (word === 'FROM') {
      const [base = '', , name = `${stages.size}`] = rest;
      const folder = join(into, name);
      await mkdir(folder);
      stage = { base, folder, workdir: '/', environment: {}, said: new Map() };
      stages.set(name, stage);
    } else if (stage === undefined) throw new Error(`${line} stands before FROM`);
    else if (word === 'WORKDIR') {
      stage.workdir = rest[0] ?? '/';
      await mkdir(join(stage.folder, stage.workdir), { recursive: true });
    } else if (word === 'COPY') await copy(stage, rest, stages);
    else if (word === 'RUN') {
      const cwd = join(stage.folder, stage.workdir);
      const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
      await run('sh', ['-c', line.slice('RUN '.length)], { cwd, env, maxBuffer: 1e8 });
    } else if (word === 'ENV') {
      for (const [, name = '', value = ''] of line.matchAll(/ (\w+)=(\S+)/g)) stage.environment[name] = value;
    } else if (['USER', 'EXPOSE', 'HEALTHCHECK', 'CMD'].includes(word)) stage.said.set(word, line);
    else throw new Error(`no step of this test for ${word}`);
  }
  if (stage === undefined) throw new Error('no stage');
  return stage;
}

async function copy(
  stage: Stage,
  words: readonly string[],
  stages: ReadonlyMap<string, Stage>,
): Promise<void> {
  const [first = '', ...others] = words;
  const from = first.startsWith('--from=') ? stages.get(first.slice('--from='.length)) : undefined;
  const [destination = '', ...sources] = (from === undefined ? words : others).toReversed();
  const folder = destination.startsWith('/') ? stage.folder : join(stage.folder, stage.workdir);
  for (const source of sources) {
    // Of Node's own image there is Node alone here; the libraries beside it are its libc.
    const own = from?.base.startsWith('node:') && !source.startsWith('/app');
    if (own && !source.endsWith('/node')) continue;
    const path = own ? process.execPath : join(from?.folder ?? root, source);
    const into = destination.endsWith('/') || sources.length > 1;
    await cp(path, join(folder, destination, into ? basename(source) : ''), { recursive: true });
  }
}

async function sizeOf(path: string): Promise<number> {
  const entries = await readdir(path, { withFileTypes: true, recursive: true });
  const sizes = entries.map(async (entry) =>
    entry.isFile() ? (await stat(join(entry.parentPath, entry.name))).size : 0,
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

t.test(
  'the Dockerfile’s steps make a service that runs as nobody, without a shell, and says that it lives',
  async (t) => {
    const into = await mkdtemp(join(tmpdir(), 'image-'));
    t.teardown(() => rm(into, { recursive: true }));
    const image = await build(await readFile(join(root, 'Dockerfile'), 'utf8'), into);
    t.equal(image.base, 'scratch', 'there is nothing but what is copied');
    t.match(image.said.get('USER'), /^USER [1-9]\d*:[1-9]\d*$/, 'a number, since there are no names');
    const app = join(image.folder, image.workdir);
    const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
    const forDevelopment = Object.entries<{ dev?: boolean }>(packages).filter(([, one]) => one.dev === true);
    t.ok(forDevelopment.length > 50);
    const left = forDevelopment.filter(([path]) => existsSync(join(app, path)));
    t.strictSame(left, [], 'production dependencies alone');
    t.notOk((await readdir(join(app, 'dist'))).includes('sandbox'));
    const megabytes = (await sizeOf(image.folder)) / 1e6;
    const own = (await stat(process.execPath)).size / 1e6;
    t.comment(`${(megabytes - own).toFixed(0)} MB beside Node, which has ${own.toFixed(0)} MB here`);
    // The LTS's own Node has 150 MB, and 5 MB are libraries.
    t.ok(megabytes - own + 155 < 200, `${megabytes} MB`);

    const command = (said: string): string[] =>
      JSON.parse(/CMD (\[.*\])$/.exec(image.said.get(said) ?? '')?.[1] ?? '[]');
    const [node = '', ...main] = command('CMD');
    const [, ...check] = command('HEALTHCHECK');
    t.equal(node, '/usr/local/bin/node');
    const env = {
      ...image.environment,
      ...{ PORT: String(await freePort()), HOST: '127.0.0.1' },
      ...{ TRUSTED_PRINCIPAL_ARN: 'arn:aws:iam::111122223333:role/RolecallService', TEMPLATE_CHECK: 'skip' },
      TEMPLATE_BASE_URL: 'https://rolecall-templates.s3.us-east-1.amazonaws.com/v1',
      // Nobody listens there, and nothing goes out.
      ...{ AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AWS_REGION: 'us-east-1' },
      ...{ AWS_ACCESS_KEY_ID: 'none', AWS_SECRET_ACCESS_KEY: 'none' },
    };
    const health = () =>
      run(process.execPath, check, { cwd: app, env }).then(
        () => true,
        () => false,
      );
    t.equal(await health(), false, 'before it runs');
    const service = spawn(process.execPath, main, { cwd: app, env, stdio: 'ignore' });
    const ended = new Promise((resolve) => service.once('exit', resolve));
    while (service.exitCode === null && !(await health())) await sleep(200);
    t.equal(service.exitCode, null, 'it lives, whether or not its table does');
    service.kill('SIGTERM');
    t.equal(await ended, 0, 'and stops when it is told to');
  },
);
