import { createHash } from 'node:crypto';
import type { Callback, LaunchKind } from '../core/launch.js';
import { templatePath } from './catalogue.js';
import type { Template } from './render.js';

/** What one version of the service publishes: the same templates give the same manifest, byte for byte. */
export interface Manifest {
  /** Where it stands below the base address; its content's hash is in the name. */
  readonly path: string;
  readonly body: string;
  readonly templates: readonly Entry[];
}

export interface Entry {
  readonly profile: string;
  readonly callback: Callback;
  readonly kind: LaunchKind;
  readonly version: string;
  readonly path: string;
  readonly bytes: number;
  /** In hex, as `sha256sum` prints it. */
  readonly sha256: string;
}

/** Lists templates with their hashes. */
export function makeManifest(templates: readonly Template[]): Manifest {
  const entries = templates.map((template): Entry => {
    const { profile, callback, kind, version, body } = template;
    const path = templatePath(template);
    const bytes = Buffer.byteLength(body);
    return { profile, callback, kind, version, path, bytes, sha256: sha256(body) };
  });
  const body = `${JSON.stringify({ templates: entries }, null, 2)}\n`;
  return { path: `manifest-${sha256(body).slice(0, 12)}.json`, body, templates: entries };
}

/** The manifest as a table for people, with what became of each object. */
export function manifestTable({ templates, path }: Manifest, outcomes: ReadonlyMap<string, string>): string {
  const rows = [
    ['PROFILE', 'CALLBACK', 'KIND', 'VERSION', 'BYTES', 'SHA-256', ''],
    ...templates.map((each) => [
      ...[each.profile, each.callback, each.kind, each.version, String(each.bytes), each.sha256],
      outcomes.get(each.path) ?? '',
    ]),
    ['manifest', '', '', '', '', path, outcomes.get(path) ?? ''],
  ];
  const widths = rows.reduce<readonly number[]>(
    (widest, row) => row.map((cell, at) => Math.max(cell.length, widest[at] ?? 0)),
    [],
  );
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
