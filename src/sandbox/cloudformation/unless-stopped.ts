import type { ResourceWork } from './resource-type.js';

/** Stops to wait where the stack has no more use for the result; the operation itself goes on to its end. */
export async function unlessStopped(
  { signal }: Pick<ResourceWork, 'signal'>,
  operation: Promise<void>,
): Promise<void> {
  let stop = (): void => undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop);
  });
  signal.throwIfAborted();
  await Promise.race([operation, stopped]).finally(() => signal.removeEventListener('abort', stop));
}
