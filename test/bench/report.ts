import { readFile, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import type { Measured, Row } from './measured.js';

/** Everything that was measured, for programs. */
export function asJson(all: readonly Measured[]): string {
  const figures = Object.fromEntries(all.map(({ name, figures }) => [name, figures]));
  return `${JSON.stringify({ at: new Date().toISOString(), machine: machine(), ...figures }, null, 2)}\n`;
}

/** The tables, and the machine that they are of. */
export function asMarkdown(all: readonly Measured[]): string {
  const parts = all.map(({ title, about, rows }) => `### ${title}\n\n${about}\n\n${table(rows)}`);
  return [`Measured ${new Date().toISOString().slice(0, 10)} on ${machine()}.`, ...parts].join('\n\n');
}

const BEGIN = '<!-- tables: written by npm run bench -- --docs -->';
const END = '<!-- end of tables -->';

/** Puts the tables into a document, between its two marks. */
export async function writeInto(path: string | URL, markdown: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  const [before, after] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (before < 0 || after < before) throw new Error(`${path} has no marks for the tables`);
  await writeFile(path, `${text.slice(0, before + BEGIN.length)}\n\n${markdown}\n\n${text.slice(after)}`);
}

function machine(): string {
  const gigabytes = Math.round(totalmem() / 1024 ** 3);
  return `${cpus().length} cores and ${gigabytes} GB of memory, Node.js ${process.version.slice(1)}`;
}

function table(rows: readonly Row[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const numeric = (name: string) => rows.every((row) => typeof row[name] !== 'string' || row[name] === '');
  return [
    line(names),
    `|${names.map((name) => (numeric(name) ? '---:' : '---')).join('|')}|`,
    ...rows.map((row) => line(names.map((name) => row[name] ?? ''))),
  ].join('\n');
}
