import { type AwsError, validationError } from '../wire/aws-error.js';

/** Throws `ValidationError` unless an entity may have this name; `member` is what AWS calls the parameter. */
export function checkName(member: string, name: string, max: number): void {
  if (name.length > max) throw breaks(name, member, `length less than or equal to ${max}`);
  if (!/^[\w+=,.@-]+$/.test(name)) {
    throw validationError(
      `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
    );
  }
}

/** Throws `ValidationError` unless an entity may lie at this path. */
export function checkPath(path: string): void {
  if (/^\/(?:[!-~]{0,510}\/)?$/.test(path)) return;
  throw validationError(
    'The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.',
  );
}

/** The `ValidationError` for a value that breaks a rule of AWS's model. */
export function breaks(value: string | number, member: string, rule: string): AwsError {
  return validationError(
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must have ${rule}`,
  );
}
