import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';

const arrivals = new WeakMap<IncomingMessage, number>();
const waiting = new Map<string, (at: number) => void>();

// The sandbox runs in this process, so what node tells of its servers tells when an answer arrives there.
subscribe('http.server.request.start', (message) => {
  const { request } = message as { request: IncomingMessage };
  if (request.method === 'PUT') arrivals.set(request, performance.now());
});
subscribe('http.server.response.finish', (message) => {
  const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
  const at = arrivals.get(request);
  const [, bucket = '', key = ''] = (request.url ?? '').split(/[/?]/);
  if (at === undefined || !bucket.startsWith('cloudformation-custom-resource-response-')) return;
  const [stackId = ''] = decodeURIComponent(key).split('|');
  if (response.statusCode !== 200) return;
  waiting.get(stackId)?.(at);
  waiting.delete(stackId);
});

/** When a stack's answer arrives at the sandbox and is taken, by `performance.now()`. */
export function answerOf(stackId: string): Promise<number> {
  return new Promise((resolve) => waiting.set(stackId, resolve));
}
