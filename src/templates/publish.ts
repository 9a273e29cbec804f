import { templatePath } from './catalogue.js';
import { type Manifest, makeManifest } from './manifest.js';
import type { Template } from './render.js';

export interface PublishPorts {
  readonly read: (path: string) => Promise<string | null>;
  /** Returns false where something is there already. */
  readonly put: (path: string, object: { readonly body: string; readonly type: string }) => Promise<boolean>;
  /** CloudFormation's fault with a template, or null. */
  readonly validate: (source: { readonly body: string } | { readonly url: string }) => Promise<string | null>;
  /** The address of what stands at a path. */
  readonly url: (path: string) => string;
}

export type Outcome = 'published' | 'unchanged';

export interface Published {
  readonly manifest: Manifest;
  /** What became of each object, by path. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
}

/** ValidateTemplate takes a text of so many bytes, and a longer one from a bucket only. */
const LONGEST_BODY = 51_200;
const YAML = 'application/yaml; charset=utf-8';

/**
 * When this version's templates are to be published: sees what is there, has CloudFormation check each template,
 * uploads what is missing, and the manifest at the end, so that a manifest stands for templates that stand and are
 * valid. Throws before anything is uploaded where one is broken, or where other bytes stand in its place.
 */
export async function publishTemplates(
  ports: PublishPorts,
  templates: readonly Template[],
): Promise<Published> {
  const manifest = makeManifest(templates);
  const objects = templates.map((template) => ({ path: templatePath(template), body: template.body }));
  const outcomes = new Map<string, Outcome>();
  const last = { path: manifest.path, body: manifest.body };
  const there = await Promise.all([...objects, last].map((object) => isThere(ports, object)));
  const long = (body: string) => Buffer.byteLength(body) > LONGEST_BODY;

  for (const { path, body } of objects) if (!long(body)) await requireValid(ports, path, { body });
  for (const [at, object] of objects.entries())
    outcomes.set(object.path, there[at] ? 'unchanged' : await upload(ports, object, YAML));
  for (const { path, body } of objects)
    if (long(body)) await requireValid(ports, path, { url: ports.url(path) });
  outcomes.set(last.path, there.at(-1) ? 'unchanged' : await upload(ports, last, 'application/json'));
  return { manifest, outcomes };
}

interface Wanted {
  readonly path: string;
  readonly body: string;
}

async function requireValid(
  { validate }: PublishPorts,
  path: string,
  source: { readonly body: string } | { readonly url: string },
): Promise<void> {
  const fault = await validate(source);
  if (fault !== null) throw new Error(`CloudFormation does not take ${path}: ${fault}`);
}

async function isThere({ read, url }: PublishPorts, { path, body }: Wanted): Promise<boolean> {
  const found = await read(path);
  if (found === null || found === body) return found !== null;
  throw new Error(
    `${url(path)} holds other bytes than this version's, although nothing published ever changes: ` +
      'somebody wrote into the bucket. Find out who, delete the object, and publish again',
  );
}

async function upload(ports: PublishPorts, object: Wanted, type: string): Promise<Outcome> {
  if (await ports.put(object.path, { body: object.body, type })) return 'published';
  // Somebody else published meanwhile, or what is there could not be read before.
  if (await isThere(ports, object)) return 'unchanged';
  throw new Error(`${ports.url(object.path)} is there and cannot be read: s3:GetObject is needed as well`);
}
