import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

export interface StreamPorts {
  /** The page's progress as it stands; null where nobody has the link any more. */
  readonly read: () => Promise<{ readonly html: string; readonly isMoving: boolean } | null>;
  /** Calls back whenever something happened to the client on this instance. Returns what ends it. */
  readonly onEvent: (listener: () => void) => () => void;
}

/** In milliseconds. */
export const STREAM_TIMES = {
  /** Another instance's commits wake nobody here, so the store is asked again as well. */
  whileMoving: 1_000,
  afterwards: 15_000,
  /** Proxies cut what is silent for longer; the shortest common limit is 30 s. */
  silence: 15_000,
  /** A tab that was forgotten comes back by itself, so that no stream outlives a deployment for long. */
  whole: 3_600_000,
  /** After which the browser comes back. */
  retry: 2_000,
} as const;

/**
 * A page's progress as server-sent events, whenever it differs from what was sent; the id is the content, so
 * nothing comes twice. Ends with `gone`, with the link, and after a while in any case.
 */
export async function* launchStream(
  { read, onEvent }: StreamPorts,
  lastId: string | undefined,
  gone: AbortSignal,
  times: Readonly<Record<keyof typeof STREAM_TIMES, number>> = STREAM_TIMES,
): AsyncGenerator<string> {
  let woken = new AbortController();
  const wake = () => woken.abort();
  const end = onEvent(wake);
  gone.addEventListener('abort', wake);
  const until = performance.now() + times.whole;
  try {
    let sent = lastId;
    // Something has to be sent at once, or the browser does not know that it is connected.
    yield `retry: ${times.retry}\n\n`;
    let spokenAt = performance.now();
    while (!gone.aborted && performance.now() < until) {
      woken = new AbortController();
      const progress = await read();
      if (progress === null) return;
      const id = createHash('sha256').update(progress.html).digest('base64url').slice(0, 12);
      const silence = performance.now() - spokenAt;
      if (id !== sent || silence >= times.silence) {
        yield id === sent
          ? ': nothing new\n\n'
          : `id: ${id}\nevent: progress\ndata: ${JSON.stringify(progress.html)}\n\n`;
        sent = id;
        spokenAt = performance.now();
      }
      const pause = progress.isMoving ? times.whileMoving : times.afterwards;
      const left = Math.min(until, spokenAt + times.silence) - performance.now();
      await sleep(Math.ceil(Math.max(0, Math.min(pause, left))), null, { signal: woken.signal }).catch(
        () => null,
      );
    }
  } finally {
    gone.removeEventListener('abort', wake);
    end();
  }
}
