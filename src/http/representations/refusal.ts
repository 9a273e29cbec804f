import type { FastifyError } from 'fastify';
import { type FieldError, Problem } from '../../core/problem.js';
import { patternWords } from './patterns.js';

type Fault = NonNullable<FastifyError['validation']>[number];

/** What the validator says of a fault, by its keyword; each has some of these. */
interface Said {
  readonly additionalProperties?: readonly string[];
  readonly requiredProperties?: readonly string[];
  readonly allowedValue?: unknown;
  readonly allowedValues?: readonly unknown[];
  readonly pattern?: unknown;
  readonly limit?: number;
  readonly type?: string | readonly string[];
}

/**
 * The problem of a request that does not match its schema: every field that is wrong, with what it has to be.
 * `place` is where the fields stand: `body`, `querystring`, `params` or `headers`.
 */
export function refusal(validation: readonly Fault[], place = 'body'): Problem {
  const errors = atTheirRoot(validation).flatMap((fault): FieldError[] => {
    const { additionalProperties, requiredProperties }: Said = fault.params;
    const parent = fault.instancePath.slice(1).replaceAll('/', '.');
    const message = wordsFor(fault, place);
    return (additionalProperties ?? requiredProperties ?? ['']).map((child) => ({
      field: [parent, child].filter((part) => part !== '').join('.') || place,
      message,
    }));
  });
  const first = errors[0] ?? { field: place, message: 'is wrong' };
  return new Problem('request-invalid', `${first.field} ${first.message}.`, errors);
}

/**
 * The faults without those that only follow from others. An unknown field is reported with its object, and by itself
 * as one that nothing fits; what is too short matches no pattern either; and what may have several shapes fails at
 * each, where the one it nearly has counts, or else all that it may have.
 */
function atTheirRoot(faults: readonly Fault[]): Fault[] {
  const has = (keyword: string, path: string) =>
    faults.some((fault) => fault.keyword === keyword && fault.instancePath === path);
  return faults.flatMap((fault, place) => {
    const { keyword, instancePath: path } = fault;
    if (keyword === 'boolean' || keyword === 'anyOf') return [];
    if (keyword === 'pattern' && has('minLength', path)) return [];
    if ((keyword !== 'type' && keyword !== 'const') || !has('anyOf', path)) return [fault];
    const alike = faults.filter((other) => other.keyword === keyword && other.instancePath === path);
    const nearer = keyword === 'type' && faults.some((other) => isNearer(other, path));
    if (nearer || alike[0] !== faults[place]) return [];
    const params: Said = {
      type: alike.flatMap((other) => (other.params as Said).type ?? []),
      allowedValues: alike.map((other) => (other.params as Said).allowedValue),
    };
    return [{ ...fault, keyword: keyword === 'const' ? 'enum' : 'type', params: { ...params } }];
  });
}

/** Whether a fault says more of the value at `path` than that it is of another type. */
function isNearer({ keyword, instancePath }: Fault, path: string): boolean {
  return instancePath === path ? !['type', 'anyOf'].includes(keyword) : instancePath.startsWith(`${path}/`);
}

/** What a field has to be, as it follows the field's name. */
function wordsFor({ keyword, params, message = 'is wrong' }: Fault, place: string): string {
  const { allowedValue, allowedValues, pattern, limit = 0, type = [] }: Said = params;
  switch (keyword) {
    case 'additionalProperties':
      return `is not a ${place === 'querystring' ? 'parameter' : 'field'} that is known here`;
    case 'required':
      return 'is missing';
    case 'const':
      return `has to be ${JSON.stringify(allowedValue)}`;
    case 'enum':
      return `has to be ${allowedValues?.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'pattern':
      return patternWords(pattern) ?? message;
    case 'type':
      return `has to be ${[type].flat().map(withArticle).join(' or ')}`;
    case 'minimum':
      return `has to be ${limit} or more`;
    case 'maximum':
      return `has to be ${limit} or less`;
    case 'minLength':
      return limit === 1 ? 'must not be empty' : `has to have ${limit} characters or more`;
    case 'maxLength':
      return `has to have ${counted(limit, 'character')} or fewer`;
    case 'minItems':
      return limit === 1 ? 'must not be empty' : `has to have ${limit} items or more`;
    case 'maxItems':
      return `has to have ${counted(limit, 'item')} or fewer`;
    case 'minProperties':
      return 'has to have a field at least';
    case 'maxProperties':
      return `has to have ${counted(limit, 'field')} or fewer`;
    case 'uniqueItems':
      return 'must not name one thing twice';
    default:
      return message;
  }
}

/** A type of JSON, as text says it. */
function withArticle(type: string): string {
  if (type === 'null') return type;
  return `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type}`;
}

function counted(count: number, thing: string): string {
  return count === 1 ? `1 ${thing}` : `${count} ${thing}s`;
}
