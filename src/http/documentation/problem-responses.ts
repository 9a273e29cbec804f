import { type ProblemCode, problemRow } from '../../core/problem.js';
import { ProblemBody, ref } from '../representations/fields.js';

/** A route's answer in case of an error, as its schema has it. */
interface ProblemResponse {
  readonly description: string;
  readonly codes: readonly ProblemCode[];
  readonly content: { 'application/problem+json': { readonly schema: ReturnType<typeof schemaOf> } };
}

const schemaOf = () => ref(ProblemBody);

/** Answers in case of an error, for a route's schema: those of its own, as what all share is added for it. */
export function problems(...codes: readonly ProblemCode[]): Record<number, ProblemResponse> {
  const statuses = [...new Set(codes.map((code) => problemRow(code).status))].sort();
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      responseOf(codes.filter((code) => problemRow(code).status === status)),
    ]),
  );
}

/** Whether a response of a schema is one of these. */
export function isProblem(response: object): response is ProblemResponse {
  return 'codes' in response;
}

/** The same as the document has it: the codes told apart, and each with what to do. */
export function describeProblem({ codes, content }: ProblemResponse): object {
  const words = codes.map((code) => `- [\`${code}\`](/problems/${code}): ${problemRow(code).remedy}`);
  const { schema } = content['application/problem+json'];
  const told = { allOf: [schema, { type: 'object', properties: { code: { type: 'string', enum: codes } } }] };
  return { description: words.join('\n'), content: { 'application/problem+json': { schema: told } } };
}

function responseOf(codes: readonly ProblemCode[]): ProblemResponse {
  const description = codes.join(', ');
  return { description, codes, content: { 'application/problem+json': { schema: schemaOf() } } };
}
