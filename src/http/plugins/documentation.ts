import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifySchema } from 'fastify';
import { Type } from 'typebox';
import { AccountBody, VerdictBody } from '../representations/account.js';
import { ClientBody } from '../representations/client.js';
import { EventBody } from '../representations/event.js';
import { ProblemBody, problems } from '../representations/fields.js';
import { LaunchBody } from '../representations/launch.js';
import { ProfileBody } from '../representations/profile.js';

/** Swagger UI sets styles of its own inline; nothing else of it does, and nothing comes from elsewhere. */
const DOCS_POLICY = {
  'default-src': "'self'",
  'img-src': "'self' data:",
  'style-src': "'self' 'unsafe-inline'",
  'object-src': "'none'",
  'frame-ancestors': "'self'",
};

/** OpenAPI from the routes' own schemas, at /openapi.json, and pages to read and try it at /docs. */
export async function document(app: FastifyInstance, publicUrl: string): Promise<void> {
  for (const schema of [
    ProblemBody,
    VerdictBody,
    AccountBody,
    LaunchBody,
    ClientBody,
    EventBody,
    ProfileBody,
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
          'the account that its stack connects is verified, recorded and kept verified.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: publicUrl }],
      components: {
        securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } },
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
        { name: 'Callbacks', description: 'How clients’ stacks report back.' },
        { name: 'Operation', description: 'For whoever runs the service.' },
      ],
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) => String(json['$id'] ?? `def-${index}`),
    },
    transform: ({ schema, url, route }) => {
      const access = route.config?.access;
      const open = access === undefined || 'open' in access;
      const secured = { ...schema, security: open ? [] : [{ apiKey: [] }] };
      return { schema: route.config?.repeats === 'by-key' ? repeatable(secured) : secured, url };
    },
  });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: DOCS_POLICY,
  });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
}

/** A call that takes an Idempotency-Key, as the document shows it. */
function repeatable(schema: FastifySchema): FastifySchema {
  return {
    ...schema,
    headers: Type.Object({
      'Idempotency-Key': Type.Optional(
        Type.String({
          pattern: '^[\\x20-\\x7e]{1,255}$',
          description:
            'Draw one for each request, and send it again with each repeat: for 24 hours a repeat is answered the ' +
            'same, and nothing happens twice.',
        }),
      ),
    }),
    response: { ...problems(409, 422), ...Object(schema.response) },
  };
}
