import {
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isProbe } from '../http/plugins/answered.js';
import { idsOf } from './ids.js';

/** A span for each request, named by its route: an address may hold a token. */
export function traceRequests(app: FastifyInstance, tracer: Tracer): void {
  const contexts = new WeakMap<FastifyRequest, Context>();

  app.addHook('onRequest', (request, _, done) => {
    const { method, headers, routeOptions } = request;
    const { url: route = 'none', config } = routeOptions;
    if (isProbe(route)) return done();
    // Whose trace it is part of is believed of callers with a key, and of nobody else.
    const isOpen = config.access === undefined || 'open' in config.access;
    const parent = isOpen ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, headers);
    const attributes = { 'http.request.method': method, 'http.route': route };
    const span = tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, parent);
    const own = trace.setSpan(parent, span);
    contexts.set(request, own);
    context.with(own, done);
  });

  app.addHook('onResponse', async (request, { statusCode }) => {
    const span = trace.getSpan(contexts.get(request) ?? ROOT_CONTEXT);
    const attributes = { 'http.response.status_code': statusCode, 'error.type': request.about.code };
    span?.setAttributes({ ...attributes, ...idsOf({ ...request.about, requestId: request.id }) });
    if (statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
  });
}
