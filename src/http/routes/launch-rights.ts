import { Type } from 'typebox';
import { Problem } from '../../core/problem.js';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';
import { placeStack, regionIn } from '../pages/region-choice.js';
import { access, params } from './launch-link.js';

/** What the person who launches has to be allowed, as an IAM policy to download. */
export const launchRightsRoutes: Routes = async (app, { service }) => {
  app.get(
    '/launch/:token/launch-rights.json',
    {
      config: { access },
      schema: { hide: true, params, response: { 200: Type.String(), ...problems('not-found') } },
    },
    async (request, reply) => {
      const open = await service.readLaunch(request.params.token);
      const asked = regionIn(request.query);
      const placed = open && { ...open, ...placeStack(open.launch, service.partition, asked) };
      const policy = placed && service.rightsView(placed);
      if (policy === null) throw new Problem('not-found', 'Nobody has such a link.');
      reply.type('application/json; charset=utf-8');
      reply.header('content-disposition', 'attachment; filename="launch-rights.json"');
      // As it is: a policy is read by people before it is attached.
      return reply.serializer((text: string) => text).send(policy);
    },
  );
};
