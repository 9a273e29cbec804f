import { AwsError } from '../wire/aws-error.js';
import type { Request } from '../wire/exchange.js';
import { isObject, type Json, parseJson } from '../wire/json.js';
import { QueryInput } from '../wire/query-input.js';
import type { ReadOperation, ReadService } from './operation.js';

/** What is asked of a service: one of its operations, with parameters. */
export interface ReadInput {
  readonly name: string;
  readonly operation: ReadOperation;
  readonly text: (parameter: string) => string | undefined;
}

/** Reads a request by its service's protocol. Throws what AWS answers where there is no such operation. */
export function readInput(service: ReadService, request: Request): ReadInput {
  const { name, text } = named(service, request);
  const operation = service.operations.get(name);
  if (operation === undefined) {
    const byQuery = service.protocol === 'query' || service.protocol === 'ec2';
    throw new AwsError(
      byQuery ? 'InvalidAction' : 'UnknownOperationException',
      `The action ${name} is not valid for this web service.`,
      service.protocol === 'rest' ? 404 : 400,
    );
  }
  return { name, operation, text };
}

function named(service: ReadService, request: Request): Pick<ReadInput, 'name' | 'text'> {
  switch (service.protocol) {
    case 'rest':
      return {
        name: request.method === 'GET' ? request.path : '',
        text: (parameter) => request.query.get(parameter) ?? undefined,
      };
    case 'json': {
      const [, name = ''] = (request.headers.get('x-amz-target') ?? '').split(`${service.target}.`);
      const input = jsonOf(request);
      return {
        name,
        text: (parameter) => (input?.[parameter] === undefined ? undefined : String(input[parameter])),
      };
    }
    default: {
      const input = QueryInput.of(request);
      const valid = input.text('Version') === service.version;
      return { name: (valid && input.text('Action')) || '', text: (parameter) => input.text(parameter) };
    }
  }
}

function jsonOf({ headers, body }: Request): Record<string, Json> {
  if (headers.get('content-type') !== 'application/x-amz-json-1.1') throw malformed();
  try {
    const input = parseJson(body.toString('utf8'));
    if (isObject(input)) return { ...input };
  } catch {
    throw malformed();
  }
  throw malformed();
}

function malformed(): AwsError {
  return new AwsError('SerializationException', 'The request is not JSON 1.1.');
}
