import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** What a Dockerfile's last stage comes to. */
export interface Image {
  readonly base: string;
  /** Its root, somewhere on this machine. */
  readonly folder: string;
  readonly workdir: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string;
  readonly healthcheck: readonly string[];
  readonly command: readonly string[];
}

/** What stages of images from elsewhere hold, as far as it stands on this machine; null for what does not. */
export type Elsewhere = Readonly<Record<string, string | null>>;

type Stage = { -readonly [Field in keyof Image]: Image[Field] } & { readonly name: string };

const run = promisify(execFile);

/**
 * Carries out a checkout's Dockerfile, instruction by instruction, in empty folders below `into`: there may be no
 * container engine. Throws at whatever it does not know, for a step that is skipped proves nothing.
 */
export async function buildImage(checkout: string, into: string, elsewhere: Elsewhere): Promise<Image> {
  const context = join(into, 'context');
  for (const path of await sentPaths(checkout)) await copyTo(join(checkout, path), join(context, path));
  const stages: Stage[] = [];
  const text = await readFile(join(checkout, 'Dockerfile'), 'utf8');
  for (const line of text.replaceAll(/\\\n/g, ' ').split('\n')) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, word = '', rest = ''] = /^(\S+) +(.+)$/.exec(line) ?? [];
    const stage = stages.at(-1);
    if (word === 'FROM') stages.push(await newStage(rest, into, stages));
    else if (stage === undefined) throw new Error(`before the first FROM: ${line}`);
    else await carryOut(stage, word, rest, { context, stages, elsewhere });
  }
  const last = stages.at(-1);
  if (last === undefined) throw new Error('the Dockerfile has no stage');
  return last;
}

/** What git knows of the checkout, and not of what it ignores, as far as .dockerignore lets it through. */
async function sentPaths(checkout: string): Promise<string[]> {
  const asked = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const { stdout } = await run('git', asked, { cwd: checkout, maxBuffer: 1e8 });
  const rules = (await readFile(join(checkout, '.dockerignore'), 'utf8')).trim().split('\n');
  const sent = (path: string): boolean => {
    let passes = true;
    for (const rule of rules) {
      const [, not, pattern = ''] = /^(!?)(\*|[\w.-]+)$/.exec(rule) ?? [];
      if (pattern === '') throw new Error(`no rule of .dockerignore that this knows: ${rule}`);
      if (pattern === '*' || path === pattern || path.startsWith(`${pattern}/`)) passes = not === '!';
    }
    return passes;
  };
  return stdout.split('\0').filter((path) => path !== '' && sent(path));
}

async function newStage(rest: string, into: string, stages: readonly Stage[]): Promise<Stage> {
  const [, base = '', name = ''] = /^(\S+)(?: AS (\S+))?$/.exec(rest) ?? [];
  const folder = join(into, 'stages', name || String(stages.length));
  await mkdir(folder, { recursive: true });
  return {
    ...{ name, base, folder, workdir: '/', environment: {}, user: 'root' },
    ...{ healthcheck: [], command: [] },
  };
}

interface Surroundings {
  readonly context: string;
  readonly stages: readonly Stage[];
  readonly elsewhere: Elsewhere;
}

async function carryOut(stage: Stage, word: string, rest: string, around: Surroundings): Promise<void> {
  switch (word) {
    case 'WORKDIR':
      if (!/^\/\w+$/.test(rest)) throw new Error(`no WORKDIR that this knows: ${rest}`);
      stage.workdir = rest;
      await mkdir(join(stage.folder, rest), { recursive: true });
      return;
    case 'COPY':
      return copy(stage, rest.split(/ +/), around);
    case 'RUN':
      await run('sh', ['-ec', rest], {
        cwd: join(stage.folder, stage.workdir),
        env: { ...outside(), ...stage.environment },
        maxBuffer: 1e8,
      });
      return;
    case 'ENV': {
      const pairs = rest.split(/ +/).map((pair) => /^(\w+)=([\w./:-]+)$/.exec(pair));
      for (const pair of pairs) {
        if (pair === null) throw new Error(`no ENV that this knows: ${rest}`);
        stage.environment = { ...stage.environment, [String(pair[1])]: String(pair[2]) };
      }
      return;
    }
    case 'USER':
      stage.user = rest;
      return;
    case 'CMD':
      stage.command = words(rest);
      return;
    case 'HEALTHCHECK':
      stage.healthcheck = words(rest.replace(/^(--[\w-]+=\w+ +)*CMD +/, ''));
      return;
    case 'EXPOSE':
      return;
    default:
      throw new Error(`no step for ${word} ${rest}`);
  }
}

/** The form of a list, which needs no shell. */
function words(text: string): string[] {
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list)) throw new Error(`no list: ${text}`);
  return list.map(String);
}

async function copy(stage: Stage, parts: readonly string[], around: Surroundings): Promise<void> {
  const from = /^--from=(.+)$/.exec(parts[0] ?? '')?.[1];
  const sources = parts.slice(from === undefined ? 0 : 1, -1);
  const destination = parts.at(-1) ?? '';
  const other = around.stages.find(({ name }) => name === from);
  if (from !== undefined && other === undefined) throw new Error(`there is no stage ${from}`);
  const fromElsewhere = other !== undefined && isElsewhere(other, around.stages);
  if (sources.length > 1 && !destination.endsWith('/'))
    throw new Error(`no folder to copy to: ${destination}`);
  for (const source of sources) {
    const path = fromElsewhere ? around.elsewhere[source] : join(other?.folder ?? around.context, source);
    if (path === undefined) throw new Error(`${source} is not known to be in ${from}`);
    if (path === null) continue;
    const within = destination.startsWith('/') ? destination : join(stage.workdir, destination);
    const into = destination.endsWith('/') ? join(within, basename(source)) : within;
    await copyTo(path, join(stage.folder, into));
  }
}

/** Whether nothing was done in the stage: it is an image that somebody else has built. */
function isElsewhere({ base }: Stage, stages: readonly Stage[]): boolean {
  return base !== 'scratch' && !stages.some(({ name }) => name === base);
}

async function copyTo(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to, { recursive: true, verbatimSymlinks: true });
}

/** What a step may know of this machine: where programs are, and how the registry is reached. Not this package. */
function outside(): NodeJS.ProcessEnv {
  const path = (process.env['PATH'] ?? '').split(':').filter((one) => !one.includes('node_modules'));
  const reach = Object.entries(process.env).filter(([name]) =>
    /^(HOME|\w*(proxy|cert\w*)|npm_config_(registry|cache|userconfig|cafile))$/i.test(name),
  );
  return { ...Object.fromEntries(reach), PATH: path.join(':') };
}

/** Every file below a folder, by its path from there, with its size in bytes. */
export async function filesBelow(folder: string): Promise<Map<string, number>> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile());
  const sized = files.map(async ({ parentPath, name }): Promise<[string, number]> => {
    const path = join(parentPath, name);
    return [path.slice(folder.length + 1), (await stat(path)).size];
  });
  return new Map(await Promise.all(sized));
}
