import { type TSchema, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import type { FastifySchemaCompiler } from 'fastify';

/**
 * TypeBox's validation, but for a query's integers, which it reads out of whatever looks like one: `1.5` as 1, `true`
 * as 1. Here they are written in digits, or are none.
 */
export const compileValidator: FastifySchemaCompiler<TSchema> = (route) => {
  const validate = TypeBoxValidatorCompiler(route);
  const integers = route.httpPart === 'querystring' ? integersOf(route.schema) : [];
  if (integers.length === 0) return validate;
  return (query: Readonly<Record<string, unknown>>) => {
    const bad = integers.filter((name) => typeof query[name] === 'string' && !/^-?\d+$/.test(query[name]));
    return validate({ ...query, ...Object.fromEntries(bad.map((name) => [name, 'no integer'])) });
  };
};

function integersOf(schema: TSchema): string[] {
  const properties: Readonly<Record<string, { type?: unknown }>> =
    'properties' in schema ? (schema.properties as Record<string, object>) : {};
  return Object.keys(properties).filter((name) => properties[name]?.type === 'integer');
}
