import type { FastifyError, FastifyReply } from 'fastify';
import { type Static, Type } from 'typebox';
import { problemRow } from '../../core/problem.js';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';
import { claimIn, claimOf, faultOf } from '../pages/account-entry.js';
import { launchPage, missingPage } from '../pages/launch.js';
import { launchPageView } from '../pages/launch-view.js';
import { letterhead } from '../pages/letterhead.js';
import { regionIn } from '../pages/region-choice.js';
import { toProblem } from '../plugins/problems.js';
import { AccountBody } from '../representations/account.js';
import { AccountId } from '../representations/fields.js';
import { access, HTML, params } from './launch-link.js';

const EnteredAccount = Type.Object(
  {
    accountId: Type.Optional(
      Type.String({
        maxLength: 100,
        description:
          'The account that the stack is in: 12 digits; blanks and hyphens between them are forgiven.',
      }),
    ),
    roleArn: Type.Optional(
      Type.String({
        maxLength: 2_048,
        description: 'The role that the stack made, where its name or path was changed.',
      }),
    ),
  },
  { additionalProperties: false, description: 'Exactly one of the two.' },
);
/** What the page's own form sends: either of the two, in one field. */
const EntryForm = Type.Object(
  { account: Type.String({ description: 'The account or the role, as it was typed.' }) },
  { additionalProperties: false },
);
const NamedAccount = Type.Object({
  accountId: AccountId,
  roleArn: Type.String({ description: 'The role that is tried.' }),
  status: AccountBody.properties.status,
});
const LARGEST_FORM = 16 * 1024;

/** Where a client whose stack does not call back says which account it was: the page's form, and the same as JSON. */
export const launchAccountRoutes: Routes = async (app, { service }) => {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: LARGEST_FORM },
    async (_: unknown, body: string) => Object.fromEntries(new URLSearchParams(body)),
  );

  app.post(
    '/launch/:token/account',
    {
      config: { access },
      schema: {
        operationId: 'nameAccount',
        summary: 'A client says which account its stack is in',
        description:
          'For links whose stack does not call back (`callback: none`). The role is tried at once and from then ' +
          'on until the link expires, so that the account may be named before its stack is there. Naming another ' +
          'replaces the one before once the link lets in no more. The launch page sends its form here as well, ' +
          'and is answered with the page.',
        tags: ['Callbacks'],
        params,
        body: {
          content: {
            'application/json': { schema: EnteredAccount },
            'application/x-www-form-urlencoded': { schema: EntryForm },
          },
        },
        response: {
          202: NamedAccount,
          303: { description: 'Back to the page, where it was a form.', type: 'null' },
          ...problems('not-found', 'account-refused'),
        },
      },
    },
    async (request, reply) => {
      const { token } = request.params;
      // Each content type has its schema, which the types of Fastify do not follow.
      const body = request.body as Static<typeof EnteredAccount> | Static<typeof EntryForm>;
      if ('account' in body) {
        await takeForm(token, body.account, regionIn(request.query), reply);
        return reply;
      }
      const { accountId, roleArn, status } = await service.nameAccount(token, claimOf(body), request.id);
      return reply.code(202).send({ accountId, roleArn, status });
    },
  );

  // Where a form was refused, the browser stands at this address, and may ask for it again.
  app.get(
    '/launch/:token/account',
    { config: { access }, schema: { hide: true, params } },
    async ({ params: { token } }, reply) => reply.redirect(`/launch/${encodeURIComponent(token)}`, 303),
  );

  /** Leads back to the page; with what was entered, and why it was refused, where it was. */
  async function takeForm(
    token: string,
    text: string,
    region: string | null,
    reply: FastifyReply,
  ): Promise<void> {
    try {
      await service.nameAccount(token, claimIn(text), reply.request.id);
      reply.redirect(
        `/launch/${token}${region === null ? '' : `?region=${encodeURIComponent(region)}`}`,
        303,
      );
    } catch (error) {
      const problem = toProblem(error as FastifyError);
      if (problem.code === 'internal-error') throw error;
      const open = await service.readLaunch(token);
      const page =
        open && launchPage(launchPageView(service, open, region), { text, fault: faultOf(problem) });
      reply
        .code(problemRow(problem.code).status)
        .type(HTML)
        .send(page ?? missingPage(letterhead(service)));
    }
  }
};
