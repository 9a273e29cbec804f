import { setTimeout as sleep } from 'node:timers/promises';
import { context, DiagLogLevel, diag, ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { Logger } from 'pino';
import { idsOf } from './ids.js';
import { traceAwsCalls } from './trace-aws-calls.js';
import { traceRequests } from './trace-requests.js';
import type { Traces } from './traces.js';

/** A stop waits no longer for whoever takes the traces, in milliseconds. */
const END_WITHIN = 3_000;
/** A receiver that is away is told of once in this time, in milliseconds; the rest is for debugging. */
const COMPLAIN_EVERY = 60_000;

/** Starts OpenTelemetry with what its own variables say: where to, which of them, and as what. */
export function startTraces(log: Logger): Traces {
  diag.setLogger(complaintsTo(log), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'rolecall' }).merge(
      detectResources({ detectors: [envDetector] }),
    ),
    // Spans wait in memory, up to a number; who does not take them costs nothing but their loss.
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
  });
  provider.register();
  const tracer = provider.getTracer('rolecall');
  traceAwsCalls(tracer);

  return {
    requests: (app) => traceRequests(app, tracer),
    work: (about, run) =>
      tracer.startActiveSpan(NAMES[about.work], { attributes: idsOf(about) }, async (span) => {
        try {
          return await run();
        } catch (error) {
          const message = error instanceof Error ? error.name : 'Error';
          span.setStatus({ code: SpanStatusCode.ERROR, message });
          throw error;
        } finally {
          span.end();
        }
      }),
    apart: (run) => context.with(ROOT_CONTEXT, run),
    async end() {
      await Promise.race([
        provider.shutdown().catch(() => undefined),
        sleep(END_WITHIN, undefined, { ref: false }),
      ]);
      trace.disable();
    },
  };
}

const NAMES = { settle: 'settle stack', check: 'check account' } as const;

function complaintsTo(log: Logger) {
  let toldAt = Number.NEGATIVE_INFINITY;
  const complain = (detail: string): void => {
    const isDue = performance.now() - toldAt > COMPLAIN_EVERY;
    if (isDue) toldAt = performance.now();
    log[isDue ? 'warn' : 'debug']({ detail }, 'traces are not sent');
  };
  const silent = (): void => undefined;
  return { error: complain, warn: complain, info: silent, debug: silent, verbose: silent };
}
