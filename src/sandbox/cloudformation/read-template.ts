import { type Document, isAlias, isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml';
import { type AwsError, validationError } from '../wire/aws-error.js';
import { type Json, parseJson } from '../wire/json.js';

/** Reads a template's text, YAML or JSON, with CloudFormation's short forms spelled out. Throws `ValidationError`. */
export function readTemplate(text: string): Json {
  if (text.trimStart().startsWith('{')) {
    try {
      return parseJson(text);
    } catch (error) {
      throw templateError(`JSON not well-formed. (${error instanceof Error ? error.message : ''})`);
    }
  }
  const document = parseDocument(text, { logLevel: 'error' });
  const [fault] = document.errors;
  if (fault !== undefined) {
    const { line, col } = fault.linePos?.[0] ?? { line: 1, col: 1 };
    throw templateError(`YAML not well-formed. (line ${line}, column ${col})`);
  }
  return toJson(document.contents, document);
}

/** A `ValidationError` about the template as a whole. */
export function templateError(message: string): AwsError {
  return validationError(`Template format error: ${message}`);
}

function toJson(node: unknown, document: Document): Json {
  if (isAlias(node)) return toJson(node.resolve(document), document);
  if (isMap(node)) {
    const entries = node.items.map((pair) => [toKey(pair.key), toJson(pair.value, document)]);
    return spellOut(node, Object.fromEntries(entries));
  }
  if (isSeq(node)) {
    return spellOut(
      node,
      node.items.map((item) => toJson(item, document)),
    );
  }
  if (!isScalar(node)) return null;
  const { value } = node;
  return spellOut(
    node,
    typeof value === 'number' || typeof value === 'boolean' ? value : String(value ?? ''),
  );
}

function toKey(key: unknown): string {
  return isScalar(key) ? String(key.value) : '';
}

/** `!Sub x` is `{"Fn::Sub": x}`, `!GetAtt A.B` is `{"Fn::GetAtt": ["A", "B"]}`. */
function spellOut(node: Node, value: Json): Json {
  const { tag } = node;
  if (tag === undefined || !tag.startsWith('!')) return value;
  const name = tag.slice(1);
  if (name === 'Ref' || name === 'Condition') return { [name]: value };
  return { [`Fn::${name}`]: value };
}
