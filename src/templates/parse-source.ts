import { type Document, parseDocument } from 'yaml';

const parsed = new Map<string, Document>();

/**
 * Parses the text of a template's source into a document that the caller may change. Every profile's template is made
 * of the same few texts, so each is parsed once.
 */
export function parseSource(text: string): Document {
  const document = parsed.get(text) ?? parseDocument(text);
  parsed.set(text, document);
  return document.clone();
}
