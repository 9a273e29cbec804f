import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { declareOpen } from '../plugins/access.js';
import { AccountBody, VerdictBody } from '../representations/account.js';
import { ApiKeyBody } from '../representations/api-key.js';
import { ClientBody } from '../representations/client.js';
import { DeliveryBody } from '../representations/delivery.js';
import { CentralStackBody, DeploymentBody } from '../representations/deployment.js';
import { EventBody } from '../representations/event.js';
import { ProblemBody } from '../representations/fields.js';
import { GroupBody } from '../representations/group.js';
import { LaunchBody } from '../representations/launch.js';
import { OverviewBody } from '../representations/overview.js';
import { ProfileBody } from '../representations/profile.js';
import { WebhookBody } from '../representations/webhook.js';
import { describeOperation } from './operation.js';

/** Swagger UI sets styles of its own inline; nothing else of it does, and nothing comes from elsewhere. */
const DOCS_POLICY = {
  'default-src': "'self'",
  'img-src': "'self' data:",
  'style-src': "'self' 'unsafe-inline'",
  'object-src': "'none'",
  'frame-ancestors': "'self'",
};

/** OpenAPI from the routes' own schemas, at /openapi.json, and pages to read and try it at /docs. */
export async function document(app: FastifyInstance): Promise<void> {
  for (const schema of [
    ProblemBody,
    VerdictBody,
    AccountBody,
    LaunchBody,
    ClientBody,
    EventBody,
    OverviewBody,
    ProfileBody,
    ApiKeyBody,
    WebhookBody,
    DeliveryBody,
    GroupBody,
    DeploymentBody,
    CentralStackBody,
  ])
    app.addSchema(schema);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Rolecall',
        version: '0.1.0',
        description:
          'Cross-account access to your clients’ AWS accounts: invite a client, hand over its launch link, and ' +
          'the account that its stack connects is verified, recorded and kept verified.\n\n' +
          '[Getting started](/docs/getting-started) walks the whole story; [problems](/problems) explains every refusal.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'Where this document comes from.' }],
      components: {
        securitySchemes: {
          apiKey: {
            type: 'http',
            scheme: 'bearer',
            description: 'An API key. What an operation asks of it stands beside it: the names are scopes.',
          },
        },
      },
      tags: [
        { name: 'Clients', description: 'Whom you want access from.' },
        {
          name: 'Accounts',
          description: 'Their AWS accounts, and what verification says of each.',
        },
        { name: 'Launches', description: 'The links by which they let you in.' },
        { name: 'Profiles', description: 'What clients can be asked for, and the templates that ask it.' },
        { name: 'Events', description: 'What happened.' },
        { name: 'Webhooks', description: 'Where events are sent as they happen.' },
        { name: 'Keys', description: 'Who may call this API, and what for.' },
        { name: 'Central stack', description: 'The central account’s groups, as CloudFormation makes them.' },
        { name: 'Groups', description: 'People who switch into clients’ accounts, and which.' },
        { name: 'Callbacks', description: 'How clients’ stacks report back.' },
        { name: 'Operation', description: 'For whoever runs the service.' },
      ],
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) => String(json['$id'] ?? `def-${index}`),
    },
    transform: ({ schema, url, route }) => ({ schema: describeOperation(schema, route), url }),
  });
  await app.register(async (pages) => {
    declareOpen(pages, 'Documentation.');
    await pages.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: DOCS_POLICY,
      theme: { title: 'Rolecall API' },
      // Without the bar that asks for another document.
      uiConfig: { layout: 'BaseLayout', defaultModelsExpandDepth: 0, displayRequestDuration: true },
    });
  });
}
