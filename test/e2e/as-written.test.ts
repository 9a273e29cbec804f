import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { startDeployment } from '../support/deployment.js';
import { createStack, eventually, type Json, KEY, settledStack } from '../support/world.js';

// What the README and the guide tell a platform's engineer to type, typed. Beside it somebody in the client's account
// opens the page that it prints, and launches the stack.

const root = fileURLToPath(new URL('../..', import.meta.url));
const { world, service } = await startDeployment(t);
const environment = { PATH: process.env['PATH'], ROLECALL_URL: service.url, ROLECALL_KEY: KEY };

const readme = await readFile(`${root}/README.md`, 'utf8');
const section = /^## Integrate$(.*?)^## /ms.exec(readme)?.[1] ?? '';
const blockOf = (language: string): string =>
  section.match(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's'))?.[1] ?? '';

t.test('the README’s integration in TypeScript compiles and runs', async (t) => {
  const folder = `${root}/dist/as-written`;
  t.teardown(() => rm(folder, { recursive: true }));
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/integrate.ts`, blockOf('ts'));
  const compiler = `${root}/node_modules/typescript/bin/tsc`;
  const settings = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--skipLibCheck'];
  const compiled = run(process.execPath, [compiler, ...settings, `${folder}/integrate.ts`]);
  t.equal(await compiled.ended, 0, compiled.output());
  const program = run(process.execPath, [`${folder}/integrate.js`]);
  await launchFrom(program, '600000000001');
  t.equal(await program.ended, 0, program.output());
  t.match(program.output(), /^Credentials of 600000000001 until 20\d\d-/m);
});

t.test('the README’s integration in a shell runs', async (t) => {
  const program = run('bash', ['-euo', 'pipefail', '-c', blockOf('sh')]);
  await launchFrom(program, '600000000002');
  t.equal(await program.ended, 0, program.output());
  t.match(program.output(), /^"20\d\d-/m, 'the credentials have an end');
});

t.test('the guide’s steps run one after the other', async (t) => {
  const page = await (await fetch(`${service.url}/docs/getting-started`)).text();
  const steps = [...page.matchAll(/<pre><code>(.*?)<\/code>/gs)].map(([, step = '']) => textOf(step));
  t.ok(steps.length >= 5);
  const program = run('bash', ['-euo', 'pipefail', '-c', steps.join('\n')], { FIRST_KEY: KEY });
  await launchFrom(program, '600000000003');
  t.equal(await program.ended, 0, program.output());
  t.match(program.output(), /"accessKeyId": ?"ASIA/);
  t.match(program.output(), /"status": "connected"/);
});

interface Program {
  readonly output: () => string;
  /** Its exit code. */
  readonly ended: Promise<unknown>;
}

function run(command: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Program {
  const child: ChildProcess = spawn(command, args, {
    ...{ cwd: root, env: { ...environment, ...more } },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  return { output: () => output, ended: once(child, 'exit').then(([code]) => code) };
}

/** Waits for the link that a program prints, and does what the client's administrator does with it. */
async function launchFrom(program: Program, account: string): Promise<void> {
  const ended = program.ended.then((code) => {
    if (code !== 0) throw new Error(program.output());
  });
  const printed = eventually(
    async () => program.output().match(/http:\S+\/launch\/[\w-]+/)?.[0],
    (link) => link !== undefined,
  );
  await Promise.race([printed, ended]);
  const page = await (await fetch((await printed) ?? '')).text();
  const button = textOf(/id="launch-stack"[^>]* href="([^"]*)"/.exec(page)?.[1] ?? '');
  const { status } = await settledStack(world, await createStack(world, launchOf(button), { account }));
  if (status !== 'CREATE_COMPLETE') throw new Error(`the stack came to ${status}`);
}

/** What a quick-create link fills in. */
function launchOf(link: string): Json {
  const query = new URLSearchParams(link.slice(link.lastIndexOf('?')));
  return {
    externalId: query.get('param_ExternalId'),
    launch: {
      callbackUrl: query.get('param_CallbackUrl'),
      stackName: query.get('stackName'),
      templateUrl: query.get('templateURL'),
      region: /region=([\w-]+)/.exec(link)?.[1],
    },
  };
}

function textOf(html: string): string {
  return html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
