import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/free-port.js';

/** A server under measurement: a built program in a process of its own. */
export interface Program {
  readonly url: string;
  /** Milliseconds from its start to its first ready answer. */
  readonly readyAfter: number;
  /** `collected` has garbage collected first, where the program was started with `--expose-gc`. */
  usage(collected?: 'collected'): Promise<Usage>;
  stop(): Promise<void>;
}

export interface Usage {
  /** Of all its threads, user and system, in milliseconds. */
  readonly cpu: number;
  /** Resident, in megabytes. */
  readonly memory: number;
}

/** Says what the process has used, to whoever started it and to nobody else; without whom it is of no use. */
const reporter = `process.on('message', (wish) => {
  const cpu = process.cpuUsage();
  if (wish === 'collected') globalThis.gc();
  process.send({ cpu, memory: process.memoryUsage.rss() });
});
process.on('disconnect', () => process.exit());
process.channel.unref();`;

const preload = `data:text/javascript,${encodeURIComponent(reporter)}`;

/** Starts a built program, its path below `dist`, and waits until `/readyz` answers. What it logs is thrown away. */
export async function startProgram(
  file: string,
  environment: NodeJS.ProcessEnv,
  flags: readonly string[] = [],
): Promise<Program> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const path = fileURLToPath(new URL(`../../dist/${file}`, import.meta.url));
  const started = performance.now();
  const child = spawn(process.execPath, [...flags, '--import', preload, path], {
    env: { PUBLIC_URL: url, ...environment, PORT: String(port), LOG_LEVEL: 'info' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await untilReady(url, child);
  return {
    url,
    readyAfter: performance.now() - started,
    async usage(wish) {
      const answered = once(child, 'message');
      child.send(wish ?? 'as it is');
      const [{ cpu, memory }] = await answered;
      return { cpu: (cpu.user + cpu.system) / 1_000, memory: memory / 1024 / 1024 };
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 4_000 && child.exitCode === null; tries += 1) {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await sleep(5);
  }
  child.kill('SIGKILL');
  throw new Error('a program under measurement did not start');
}
