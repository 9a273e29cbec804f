import { Scalar } from 'yaml';

/** Text as it is, line by line, for people to read. */
export function literal(text: string): Scalar {
  const scalar = new Scalar(text);
  scalar.type = Scalar.BLOCK_LITERAL;
  return scalar;
}
