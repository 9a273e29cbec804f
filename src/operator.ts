import { readFileSync } from 'node:fs';
import { ConfigError } from './config-error.js';

/** Who asks, as its clients see it on every page. */
export interface Operator {
  readonly name: string;
  /** Where a client turns with a question; null where nothing is told. */
  readonly support: { readonly url: string; readonly words: string } | null;
  readonly logo: { readonly type: string; readonly bytes: Buffer } | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the variables about the operator, and its logo from the disk. Throws a ConfigError. */
export function readOperator(env: Environment): Operator {
  return { name: readName(env), support: readSupport(env), logo: readLogo(env) };
}

function readName(env: Environment): string {
  const name = env['OPERATOR_NAME'] || 'Rolecall';
  if (name.trim() !== '' && name.length <= 80) return name;
  throw new ConfigError('OPERATOR_NAME', 'has to be 1 to 80 characters', 'Example Security Ltd');
}

function readSupport(env: Environment): Operator['support'] {
  const text = env['OPERATOR_SUPPORT'] || '';
  if (text === '') return null;
  const url = text.length <= 200 && /^[\x21-\x7e]+$/.test(text) && URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'https:' && url.username === '' && url.password === '')
    return { url: url.href, words: `${url.host}${url.pathname}`.replace(/\/$/, '') };
  if (url?.protocol === 'mailto:' && /^[^@?%,]+@[^@?%,]+$/.test(url.pathname))
    return { url: url.href, words: url.pathname };
  const fault = 'has to be an https: or mailto: address of at most 200 characters';
  throw new ConfigError('OPERATOR_SUPPORT', fault, 'mailto:access@example.com');
}

/** A page and all that it loads is to stay small. In bytes. */
const LARGEST_LOGO = 20 * 1024;

function readLogo(env: Environment): Operator['logo'] {
  const path = env['OPERATOR_LOGO'] || '';
  if (path === '') return null;
  const wrong = (fault: string) => new ConfigError('OPERATOR_LOGO', fault, '/etc/rolecall/logo.svg');
  const bytes = contentOf(path);
  if (bytes === null) throw wrong('has to be the path of a file that can be read');
  if (bytes.length > LARGEST_LOGO) throw wrong(`has to be at most 20 KB, and is ${bytes.length} bytes`);
  const type = imageType(bytes);
  if (type === null) throw wrong('has to be an SVG or PNG image');
  return { type, bytes };
}

function contentOf(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** What may stand before the root element: a byte order mark, a declaration, comments, a document type. */
const SVG = /^\ufeff?(?:\s|<\?xml[^>]*\?>|<!--[\s\S]*?-->|<!DOCTYPE svg[^>[]*>)*<svg[\s>]/;

/** By what it holds: a name says nothing. */
function imageType(bytes: Buffer): string | null {
  if (bytes.subarray(0, PNG.length).equals(PNG)) return 'image/png';
  return SVG.test(bytes.toString('utf8')) ? 'image/svg+xml' : null;
}
