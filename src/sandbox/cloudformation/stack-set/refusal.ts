import { randomUUID } from 'node:crypto';
import type { Organization } from '../../organizations/organization.js';
import { AwsError } from '../../wire/aws-error.js';
import type { World } from '../../world.js';
import { ResourceFailure } from '../resource-type.js';

/** What CloudFormation, called by the handler of the type, answers with a ValidationError. */
export function refused(message: string): AwsError {
  return new AwsError('InvalidRequest', message);
}

/** What the handler says when an operation failed; it names each reason once. */
export function notStabilized(
  setId: string,
  operationId: string,
  reasons: Iterable<string>,
): ResourceFailure {
  const named = [...new Set(reasons)].map((each) => ` [${each}]`).join('');
  const operation = `Stack set operation [${operationId}] was unexpectedly stopped or failed. status reason(s):${named}`;
  return new ResourceFailure(
    `Resource handler returned message: "Resource of type '${operation}' with identifier '${setId}' did not stabilize." (RequestToken: ${randomUUID()}, HandlerErrorCode: NotStabilized)`,
  );
}

/** The organization that a management account may run stack sets in. Throws what CloudFormation refuses others with. */
export function operableOrganization(world: World, managementAccountId: string): Organization {
  const organization = world.organizations.of(managementAccountId);
  if (organization?.managementAccount.id !== managementAccountId) {
    throw refused(
      'You must be the management account or delegated admin account of an organization before operating a SERVICE_MANAGED stack set',
    );
  }
  // With consolidated billing alone no service can be trusted.
  if (organization.features !== 'ALL' || !organization.trustedAccess) {
    throw refused('You must enable organizations access to operate a service managed stack set');
  }
  return organization;
}
