const placeholder = /\$\{(!?)([^}]*)\}/g;

/** Fills in the `${Name}` and `${Name.Attribute}` of a Fn::Sub; `${!Name}` stands for `${Name}` itself. */
export function substitute(text: string, lookUp: (name: string) => string): string {
  return text.replace(placeholder, (_, literal: string, name: string) =>
    literal === '!' ? `\${${name}}` : lookUp(name.trim()),
  );
}

/** The names that a Fn::Sub text asks for. */
export function placeholders(text: string): string[] {
  return [...text.matchAll(placeholder)].flatMap(([, literal, name = '']) =>
    literal === '!' ? [] : [name.trim()],
  );
}
