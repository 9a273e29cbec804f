import {
  type RouteDefinition,
  type SerializerFactory,
  SerializerSelector,
} from '@fastify/fast-json-stringify-compiler';

/**
 * Fastify's own serializers, each made when the first answer of its kind is sent: of some two thousand that the
 * document tells of, a start would make all, for half a second, and a process never needs most.
 */
export const serializersAsNeeded: SerializerFactory = (schemas, options) => {
  const compile = SerializerSelector()(schemas, options);
  return (route: RouteDefinition) => {
    let serialize: ReturnType<typeof compile> | null = null;
    return (answer) => {
      serialize ??= compile(route);
      return serialize(answer);
    };
  };
};
