/** Source: STS API Reference, AssumeRole, `Policy`: at most 2,048 characters. */
export const LONGEST_SESSION_POLICY = 2_048;

/**
 * What is wrong with a session policy, as a clause that also says what to do; null where it can be sent to AWS, which
 * alone says what it means.
 */
export function faultOfSessionPolicy(text: string): string | null {
  if (text.length > LONGEST_SESSION_POLICY)
    return `has to be at most ${LONGEST_SESSION_POLICY} characters long: take out white space, or join statements`;
  // AWS takes U+0020 to U+00FF, tab, line feed and carriage return.
  if (!/^[\t\n\r\u0020-\u00ff]*$/.test(text))
    return 'has to be in Latin-1 characters: write others as \\uXXXX, as JSON allows';
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    return 'has to be the JSON text of an IAM policy: send it as one string, with its quotes escaped';
  }
  if (typeof policy !== 'object' || policy === null || Array.isArray(policy))
    return 'has to hold one JSON object: {"Version": "2012-10-17", "Statement": […]}';
  const statement = 'Statement' in policy ? policy.Statement : null;
  if (typeof statement !== 'object' || statement === null)
    return 'has to have a Statement: {"Version": "2012-10-17", "Statement": […]}';
  return null;
}
