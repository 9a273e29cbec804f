import type { StackResource } from './stack.js';

/**
 * Works on resources side by side, each as soon as those that it comes after are done. The first failure stops what
 * is under way. Returns the logical IDs of those that failed, without those that were only stopped before they began.
 */
export async function inDependencyOrder(
  resources: Iterable<StackResource>,
  signal: AbortSignal,
  work: (resource: StackResource, signal: AbortSignal) => Promise<void>,
): Promise<string[]> {
  const failed: string[] = [];
  const done = new Map<string, Promise<void>>();
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  for (const resource of resources) {
    const { declaration, after } = resource.planned;
    const { logicalId } = declaration;
    const begin = async (): Promise<void> => {
      await Promise.all(after.map((id) => done.get(id)));
      either.throwIfAborted();
      await work(resource, either).catch((error) => {
        failed.push(logicalId);
        stop.abort();
        throw error;
      });
    };
    done.set(logicalId, begin());
  }
  await Promise.allSettled(done.values());
  return failed;
}
