import helmet from '@fastify/helmet';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import type { Logger } from 'pino';
import type { Limits } from '../limits.js';
import type { Service } from '../service.js';
import type { Traces } from '../traces/traces.js';
import { makeAnswerBroken } from './broken-requests.js';
import { document } from './documentation/openapi.js';
import { requireAccess } from './plugins/access.js';
import { tellAnswers } from './plugins/answered.js';
import { authenticate } from './plugins/authentication.js';
import { refuseUnknownFields, takeJsonOnly } from './plugins/bodies.js';
import { allowOrigins } from './plugins/cross-origin.js';
import { tellMethods } from './plugins/methods.js';
import { shedLoad } from './plugins/overload.js';
import { answerProblems, sendProblem, toProblem } from './plugins/problems.js';
import { repeatByKey } from './plugins/repeats.js';
import { closeWhenStopping } from './plugins/stopping.js';
import { accessLinkRoutes } from './routes/access-links.js';
import { accountRoutes } from './routes/accounts.js';
import { apiKeyRoutes } from './routes/api-keys.js';
import { assetRoutes } from './routes/assets.js';
import { centralStackRoutes } from './routes/central-stack.js';
import { clientListRoutes } from './routes/client-list.js';
import { clientRoutes } from './routes/clients.js';
import { consoleRoutes } from './routes/console.js';
import { credentialRoutes } from './routes/credentials.js';
import { eventRoutes } from './routes/events.js';
import { explanationRoutes } from './routes/explanations.js';
import { groupAccessRoutes } from './routes/group-access.js';
import { groupRoutes } from './routes/groups.js';
import { healthRoutes } from './routes/health.js';
import { importRoutes } from './routes/imports.js';
import { lambdaCallbackRoutes } from './routes/lambda-callback.js';
import { launchRoutes } from './routes/launch.js';
import { launchesRoutes } from './routes/launches.js';
import { metricsRoutes } from './routes/metrics.js';
import { operatorLogoRoutes } from './routes/operator-logo.js';
import { overviewRoutes } from './routes/overview.js';
import { profileRoutes } from './routes/profiles.js';
import { rotationRoutes } from './routes/rotation.js';
import { snsCallbackRoutes } from './routes/sns-callback.js';
import { verificationRoutes } from './routes/verifications.js';
import { deliveryRoutes } from './routes/webhook-deliveries.js';
import { webhookRoutes } from './routes/webhooks.js';
import { serializersAsNeeded } from './serializers.js';
import { compileValidator } from './validator.js';

export interface AppOptions {
  readonly service: Service;
  readonly log: Logger;
  readonly traces?: Traces;
  readonly publicUrl: string;
  readonly limits: Limits;
  readonly defaults: { readonly profile: string; readonly region: string };
}

/** A file of routes for one resource. */
export type Routes = FastifyPluginAsyncTypebox<AppOptions>;

const LARGEST_BODY = 256 * 1024;
/** In milliseconds. */
const HEADERS_WITHIN = 10_000;

/** The HTTP side of the service, not yet listening. */
export async function makeApp(options: AppOptions) {
  const { service, limits } = options;
  // As Fastify's own type, or all types of routes would carry the other.
  const loggerInstance: FastifyBaseLogger = options.log;
  const app = Fastify({
    loggerInstance,
    // One line a request is written by a plugin.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    // What fails before there is a route (an address that cannot be read) is told like any other problem.
    frameworkErrors: (error, request, reply) => {
      sendProblem(request, reply, options.publicUrl, toProblem(error));
    },
    bodyLimit: LARGEST_BODY,
    // What an instance that stops still takes in is done like everything else: see closeWhenStopping.
    return503OnClosing: false,
    requestTimeout: limits.requestTimeout,
    http: {
      headersTimeout: Math.min(limits.requestTimeout, HEADERS_WITHIN),
      connectionsCheckingInterval: 1_000,
    },
    clientErrorHandler: makeAnswerBroken(options.publicUrl, service.requestId),
    ...(limits.trustProxy !== null && { trustProxy: trusted(limits.trustProxy) }),
    genReqId: () => service.requestId(),
    routerOptions: { maxParamLength: 512 },
    schemaController: { compilersFactory: { buildSerializer: serializersAsNeeded } },
  });
  app.setValidatorCompiler(compileValidator);
  tellAnswers(app, options.log, service.requestAnswered);
  options.traces?.requests(app);

  await app.register(helmet, {
    // On plain HTTP, as on a laptop, an upgrade would lead nowhere.
    contentSecurityPolicy: {
      directives: {
        upgradeInsecureRequests: null,
        styleSrc: ["'self'"],
        fontSrc: ["'self'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: options.publicUrl.startsWith('https:'),
  });
  answerProblems(app, options.publicUrl);
  await allowOrigins(app, limits.corsOrigins);
  shedLoad(app, limits.memory);
  requireAccess(app);
  takeJsonOnly(app);
  refuseUnknownFields(app);
  closeWhenStopping(app);
  await document(app);
  await app.register(async (routes) => {
    const refuseOtherMethods = tellMethods(routes);
    authenticate(routes, { recognize: service.recognizeCaller, ...limits });
    repeatByKey(routes, service);
    const files = [
      clientRoutes,
      clientListRoutes,
      launchesRoutes,
      profileRoutes,
      accountRoutes,
      rotationRoutes,
      verificationRoutes,
      credentialRoutes,
      eventRoutes,
      overviewRoutes,
      consoleRoutes,
      apiKeyRoutes,
      webhookRoutes,
      deliveryRoutes,
      groupRoutes,
      centralStackRoutes,
      groupAccessRoutes,
      accessLinkRoutes,
      importRoutes,
      snsCallbackRoutes,
      lambdaCallbackRoutes,
      launchRoutes,
      assetRoutes,
      operatorLogoRoutes,
      healthRoutes,
      metricsRoutes,
      explanationRoutes,
    ];
    for (const file of files) await routes.register(file, options);
    refuseOtherMethods();
  });
  return app;
}

/** Whose X-Forwarded-For is believed. The first hop is whoever holds the connection. */
function trusted(
  proxies: number | readonly string[],
): string[] | ((address: string, hop: number) => boolean) {
  return typeof proxies === 'number' ? (_, hop) => hop < proxies : [...proxies];
}
