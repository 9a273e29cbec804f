import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { HumanAccessFile, humanAccessOf } from './human-access-file.js';
import { Action, permissionFields, SessionSeconds, text } from './profile-fields.js';
import type { Profile } from './profiles.js';
import { isReading, isReadingPolicy } from './reading.js';

const ProfileFile = Type.Object(
  {
    name: Type.String({
      pattern: '^[a-z][a-z0-9-]{0,39}$',
      description: 'small letters, digits and hyphens',
    }),
    title: text(60),
    summary: text(300),
    ...permissionFields,
    prove: Type.Array(Action, { maxItems: 50 }),
    missing: Type.Optional(Type.Enum(['tell', 'refuse'])),
    maxSessionSeconds: Type.Optional(SessionSeconds),
    allowBroad: Type.Optional(Type.Boolean()),
    reason: Type.Optional(text(300)),
    humanAccess: Type.Optional(HumanAccessFile),
  },
  { additionalProperties: false },
);

type Path = readonly (string | number)[];

/**
 * Reads a profile. Throws where the file is not YAML, a field is not what it has to be, or more than reading is asked
 * for without `allowBroad: true` and a reason; the message names file, line, column and field.
 */
export function parseProfile(file: string, source: string): Profile {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines });
  const refuse = (path: Path, fault: string): never => {
    const { line, col } = lines.linePos(placeOf(document, path));
    const field = path.length === 0 ? '' : `${path.join('.')} `;
    throw new Error(`profile ${file}:${line}:${col}: ${field}${fault}`);
  };
  const [broken] = document.errors;
  if (broken !== undefined) {
    const [{ line, col } = { line: 1, col: 1 }] = broken.linePos ?? [];
    throw new Error(`profile ${file}:${line}:${col}: ${broken.message.split('\n')[0]}`);
  }
  const content = read(document.toJS(), refuse);
  if (`${content.name}.yaml` !== file) refuse(['name'], 'has to be the file’s name');
  refuseBroad(content, refuse);
  return {
    ...{ statements: [], denials: [], missing: 'tell', maxSessionSeconds: 3_600, ...content },
    humanAccess: humanAccessOf(content.humanAccess, refuse),
    broadReason: content.allowBroad === true ? (content.reason ?? null) : null,
  };
}

type Refuse = (path: Path, fault: string) => never;

function read(value: unknown, refuse: Refuse): Static<typeof ProfileFile> {
  if (Value.Check(ProfileFile, value)) return value;
  const [first] = Value.Errors(ProfileFile, value);
  const path = (first?.instancePath ?? '')
    .split('/')
    .slice(1)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  // What is not named has the schema that is false.
  if (first?.keyword === 'boolean') return refuse(path, 'is not a field of profiles');
  return refuse(path, first?.message ?? 'cannot be read');
}

/** What goes beyond reading has to be meant: each action that is not known to read, each policy, and iam:PassRole. */
function refuseBroad(content: Static<typeof ProfileFile>, refuse: Refuse): void {
  if (content.allowBroad === true && content.reason === undefined)
    refuse(['allowBroad'], 'needs a reason, which clients are shown');
  if (content.allowBroad === true) return;
  refuseWriting(content, [], refuse);
  const people = content.humanAccess?.permissions;
  if (people !== undefined) refuseWriting(people, ['humanAccess', 'permissions'], refuse);
}

function refuseWriting(
  { managedPolicies, statements = [] }: Pick<Static<typeof ProfileFile>, 'managedPolicies' | 'statements'>,
  under: Path,
  refuse: Refuse,
): void {
  const remedy = 'set allowBroad: true and a reason, which clients are shown';
  for (const [place, name] of managedPolicies.entries())
    if (!isReadingPolicy(name))
      refuse([...under, 'managedPolicies', place], `is not known to be read-only: ${remedy}`);
  for (const [place, { actions }] of statements.entries())
    for (const [at, action] of actions.entries())
      if (!isReading(action))
        refuse(
          [...under, 'statements', place, 'actions', at],
          `${action} is not known to only read: ${remedy}`,
        );
}

/** Where a field begins in the file; where it is missing, where what should have it does. */
function placeOf(document: Document, path: Path): number {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  if (isNode(node) && node.range) return node.range[0];
  return path.length === 0 ? 0 : placeOf(document, path.slice(0, -1));
}
