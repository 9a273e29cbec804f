import { Counter, Histogram, type Registry } from 'prom-client';

/** A request that was answered; `route` is the route's own address, which holds no token and no id. */
export interface AnsweredRequest {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly milliseconds: number;
}

/** Counts requests and how long their answers take. */
export function countRequests(registry: Registry): (answered: AnsweredRequest) => void {
  const registers = [registry];
  const requests = new Counter({
    name: 'rolecall_http_requests_total',
    help: 'Requests that were answered, by route.',
    labelNames: ['method', 'route', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'rolecall_http_request_seconds',
    help: 'How long answers take. Calls that wait for events wait on purpose.',
    labelNames: ['method', 'route'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  });
  return ({ method, route, status, milliseconds }) => {
    requests.inc({ method, route, status });
    seconds.observe({ method, route }, milliseconds / 1_000);
  };
}
