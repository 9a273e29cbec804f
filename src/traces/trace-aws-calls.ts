import { context, SpanKind, SpanStatusCode, type Tracer, trace } from '@opentelemetry/api';
import { onAwsCall } from '../seeing/aws-call.js';

/**
 * Adds each call of AWS to the request or the work that it is made for. What belongs to neither (looking for overdue
 * work, every two seconds) is not traced.
 */
export function traceAwsCalls(tracer: Tracer): void {
  onAwsCall(({ service, operation, error, status, requestId, attempts, at, duration }) => {
    const parent = context.active();
    if (trace.getSpan(parent) === undefined) return;
    const attributes = {
      'rpc.system': 'aws-api',
      'rpc.service': service,
      'rpc.method': operation,
      'http.response.status_code': status ?? undefined,
      'aws.request_id': requestId ?? undefined,
      'error.type': error ?? undefined,
      'rolecall.attempts': attempts,
    };
    const options = { kind: SpanKind.CLIENT, startTime: at, attributes };
    const span = tracer.startSpan(`${service}.${operation}`, options, parent);
    // That AWS refuses is what a probe asks for.
    if (error !== null && (status === null || status >= 500)) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(at + duration);
  });
}
