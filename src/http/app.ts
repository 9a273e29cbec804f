import helmet from '@fastify/helmet';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import type { Service } from '../service.js';
import { authenticate } from './plugins/authentication.js';
import { takeJsonOnly } from './plugins/bodies.js';
import { document } from './plugins/documentation.js';
import { answerProblems, sendProblem, toProblem } from './plugins/problems.js';
import { closeWhenStopping } from './plugins/stopping.js';
import { accountRoutes } from './routes/accounts.js';
import { assetRoutes } from './routes/assets.js';
import { clientListRoutes } from './routes/client-list.js';
import { clientRoutes } from './routes/clients.js';
import { credentialRoutes } from './routes/credentials.js';
import { eventRoutes } from './routes/events.js';
import { explanationRoutes } from './routes/explanations.js';
import { healthRoutes } from './routes/health.js';
import { importRoutes } from './routes/imports.js';
import { lambdaCallbackRoutes } from './routes/lambda-callback.js';
import { launchRoutes } from './routes/launch.js';
import { launchesRoutes } from './routes/launches.js';
import { operatorLogoRoutes } from './routes/operator-logo.js';
import { profileRoutes } from './routes/profiles.js';
import { rotationRoutes } from './routes/rotation.js';
import { snsCallbackRoutes } from './routes/sns-callback.js';
import { verificationRoutes } from './routes/verifications.js';

export interface AppOptions {
  readonly service: Service;
  readonly log: FastifyBaseLogger;
  readonly publicUrl: string;
  readonly adminApiKey: string | null;
  readonly defaults: { readonly profile: string; readonly region: string };
}

/** A file of routes for one resource. */
export type Routes = FastifyPluginAsyncTypebox<AppOptions>;

const LARGEST_BODY = 256 * 1024;

/** The HTTP side of the service, not yet listening. */
export async function makeApp(options: AppOptions) {
  const app = Fastify({
    loggerInstance: options.log,
    // One line a request, written below: an address may hold a token, and the route says as much.
    logController: new LogController({ disableRequestLogging: true }),
    // What fails before there is a route (an address that cannot be read) is told like any other problem.
    frameworkErrors: (error, request, reply) => {
      sendProblem(request, reply, options.publicUrl, toProblem(error));
    },
    bodyLimit: LARGEST_BODY,
    requestTimeout: 30_000,
    genReqId: () => options.service.requestId(),
    routerOptions: { maxParamLength: 512 },
  });
  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request;
    const ms = Math.round(reply.elapsedTime);
    request.log.info(
      {
        method,
        route: routeOptions.url ?? 'none',
        status: reply.statusCode,
        ms,
      },
      'answered',
    );
  });

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
  takeJsonOnly(app);
  answerProblems(app, options.publicUrl);
  closeWhenStopping(app);
  await document(app, options.publicUrl);
  await app.register(async (routes) => {
    authenticate(routes, options.adminApiKey);
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
      importRoutes,
      snsCallbackRoutes,
      lambdaCallbackRoutes,
      launchRoutes,
      assetRoutes,
      operatorLogoRoutes,
      healthRoutes,
      explanationRoutes,
    ];
    for (const file of files) await routes.register(file, options);
  });
  return app;
}
