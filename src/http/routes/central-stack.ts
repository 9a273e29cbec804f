import { Type } from 'typebox';
import type { Deployment } from '../../core/deployment.js';
import type { Remember } from '../../core/remembered-answer.js';
import type { Routes } from '../app.js';
import { problems } from '../documentation/problem-responses.js';
import {
  CentralStackBody,
  centralStackBody,
  DeploymentBody,
  deploymentBody,
} from '../representations/deployment.js';
import { Id, ref } from '../representations/fields.js';
import { linkNext, PageQuery, pageOf } from '../representations/page.js';

const access = { scope: 'groups:manage', allClients: true } as const;
const params = Type.Object({ deploymentId: Id });
const tags = ['Central stack'];
const aws = ['central-account-missing', 'central-stack-refused', 'central-stack-broken'] as const;
const rendered = [...aws, 'central-stack-too-large', 'group-too-large'] as const;

export const centralStackRoutes: Routes = async (app, { service, publicUrl }) => {
  app.get(
    '/v1/central-stack',
    {
      config: { access },
      schema: {
        operationId: 'getCentralStack',
        summary: 'Read how the central account’s stack stands',
        description:
          'What CloudFormation has of it, beside what the groups, their members and accounts come to now.',
        tags,
        response: { 200: ref(CentralStackBody), ...problems(...rendered) },
      },
    },
    async () => centralStackBody(await service.readCentralStack()),
  );

  app.post(
    '/v1/central-stack/drift-checks',
    {
      config: { access, repeats: { ignored: 'A check changes nothing.' } },
      schema: {
        operationId: 'checkCentralStackDrift',
        summary: 'Compare what stands in the central account with what was deployed',
        description:
          'Waits for up to 20 seconds; a check that takes longer goes on, and is read by `GET /v1/central-stack`.',
        tags,
        response: { 200: ref(CentralStackBody), ...problems(...rendered, 'not-found') },
      },
    },
    async () => centralStackBody(await service.checkDrift()),
  );

  app.post(
    '/v1/central-stack/deployments',
    {
      config: { access, repeats: 'by-key' },
      schema: {
        operationId: 'planDeployment',
        summary: 'Plan what the central account’s stack would change',
        description:
          'Groups, who is in them, what they may enter, and what everybody may do for himself, as one CloudFormation ' +
          'template and a change set of it. Nothing changes until it is carried out.',
        tags,
        response: { 201: ref(DeploymentBody), ...problems(...rendered, 'central-stack-busy') },
      },
    },
    async (_, reply) =>
      reply.once((remember: Remember<Deployment>) => service.planDeployment(remember), answer(201)),
  );

  app.post(
    '/v1/central-stack/deployments/:deploymentId/execution',
    {
      config: { access, repeats: 'by-key' },
      schema: {
        operationId: 'executeDeployment',
        summary: 'Carry a planned deployment out',
        description: 'It is followed to its end. One is carried out at a time, and each once.',
        tags,
        params,
        response: {
          202: ref(DeploymentBody),
          ...problems('not-found', 'deployment-not-planned', 'central-stack-busy', ...rendered),
        },
      },
    },
    async ({ params: { deploymentId } }, reply) =>
      reply.once(
        (remember: Remember<Deployment>) => service.executeDeployment(deploymentId, remember),
        answer(202),
      ),
  );

  app.get(
    '/v1/central-stack/deployments',
    {
      config: { access },
      schema: {
        operationId: 'listDeployments',
        summary: 'List deployments, the latest first',
        description: 'As they were known last; kept for 90 days.',
        tags,
        querystring: PageQuery,
        response: { 200: pageOf(ref(DeploymentBody)) },
      },
    },
    async (request, reply) => {
      const { items, nextCursor } = await service.listDeployments(request.query);
      linkNext(request, reply, publicUrl, nextCursor);
      return { items: items.map(deploymentBody), nextCursor };
    },
  );

  app.get(
    '/v1/central-stack/deployments/:deploymentId',
    {
      config: { access },
      schema: {
        operationId: 'getDeployment',
        summary: 'Read a deployment',
        description: 'As it stands now: one that is not finished is looked after by this call, too.',
        tags,
        params,
        response: { 200: ref(DeploymentBody), ...problems('not-found', ...aws) },
      },
    },
    async ({ params: { deploymentId } }) => deploymentBody(await service.readDeployment(deploymentId)),
  );
};

function answer(status: number) {
  return (deployment: Deployment) => ({
    status,
    headers: { location: `/v1/central-stack/deployments/${deployment.id}` },
    body: deploymentBody(deployment),
  });
}
