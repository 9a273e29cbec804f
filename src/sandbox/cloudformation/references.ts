import { isList, isObject, type Json } from '../wire/json.js';
import { attributeReference } from './intrinsics.js';
import { placeholders } from './substitution.js';

/** A name that a value of a template refers to. */
export interface Reference {
  readonly kind: 'ref' | 'attribute' | 'condition';
  readonly name: string;
  /** Of the resource, where it refers to one. */
  readonly attribute?: string;
}

/** All that a value refers to, in both branches of every Fn::If. */
export function references(value: Json): Reference[] {
  if (isList(value)) return value.flatMap(references);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, argument]) => {
    if (key === 'Ref' && typeof argument === 'string') return [{ kind: 'ref', name: argument }];
    if (key === 'Condition' && typeof argument === 'string') return [{ kind: 'condition', name: argument }];
    if (key === 'Fn::GetAtt') {
      const { logicalId, attribute } = attributeReference(argument);
      return [{ kind: 'attribute', name: logicalId, attribute }];
    }
    if (key === 'Fn::Sub') return inSubstitution(argument);
    const inside = references(argument);
    if (key !== 'Fn::If' || !isList(argument)) return inside;
    return [{ kind: 'condition', name: String(argument[0]) }, ...inside];
  });
}

function inSubstitution(argument: Json): Reference[] {
  const [text, variables] = isList(argument) ? argument : [argument, {}];
  const own: Json = variables ?? {};
  const names = placeholders(String(text)).filter((name) => !(isObject(own) && Object.hasOwn(own, name)));
  const direct = names.map((name): Reference => {
    const [logicalId = '', ...rest] = name.split('.');
    if (rest.length === 0) return { kind: 'ref', name: logicalId };
    return { kind: 'attribute', name: logicalId, attribute: rest.join('.') };
  });
  return [...direct, ...references(own)];
}
