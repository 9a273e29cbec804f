import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Environment } from '../environment.js';
import type { About } from '../logs/tell-work.js';

/** How what the service does is traced, from a callback to the work that it starts and the calls of AWS in it. */
export interface Traces {
  /** Has an app's requests traced. Comes before all hooks whose calls belong to a request. */
  readonly requests: (app: FastifyInstance) => void;
  /** Carries work out as a part of the request that starts it, or as a trace of its own where none does. */
  readonly work: <Result>(about: About, run: () => Promise<Result>) => Promise<Result>;
  /** Begins something that outlives the request which happens to begin it, and is no part of it. */
  readonly apart: <Result>(run: () => Result) => Result;
  /** Sends what is left, if that can be done within a few seconds. */
  readonly end: () => Promise<void>;
}

/** For where nobody wants traces: costs nothing. */
export const untraced: Traces = {
  requests: () => undefined,
  work: (_, run) => run(),
  apart: (run) => run(),
  end: async () => undefined,
};

/** Opens traces where OpenTelemetry's own variables say where to send them; nothing of it is loaded otherwise. */
export async function openTraces(env: Environment, log: Logger): Promise<Traces> {
  if (!isWanted(env)) return untraced;
  const { startTraces } = await import('./start-traces.js');
  return startTraces(log);
}

/** Source: OpenTelemetry Specification, "Environment Variable Specification"; an empty variable is one not set. */
function isWanted(env: Environment): boolean {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none')
    return false;
  return Boolean(env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT']);
}
