import { Counter, Histogram, type Registry } from 'prom-client';
import { onAwsCall } from '../seeing/aws-call.js';

/** Counts calls of AWS and how long they take, repeats by the SDK included. */
export function countAwsCalls(registry: Registry): void {
  const registers = [registry];
  const calls = new Counter({
    name: 'rolecall_aws_calls_total',
    help: 'Calls of AWS, by what came of them: ok, or the name of the error.',
    labelNames: ['service', 'operation', 'outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'rolecall_aws_call_seconds',
    help: 'How long calls of AWS take, repeats included.',
    labelNames: ['service', 'operation'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers,
  });
  onAwsCall(({ service, operation, error, duration }) => {
    calls.inc({ service, operation, outcome: error === null ? 'ok' : nameOf(error) });
    seconds.observe({ service, operation }, duration / 1_000);
  });
}

/** AWS's own names of errors are few; whatever else stands there is one. */
function nameOf(error: string): string {
  return /^[A-Z]\w{1,63}$/.test(error) ? error : 'Error';
}
