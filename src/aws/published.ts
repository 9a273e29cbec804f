/** What is known of an address: whether something can be read there by anybody. */
export type Presence = 'there' | 'missing' | 'unreachable';

/** Whether something stands at a published object's address, as a client's CloudFormation would find it. */
export async function isPublished(url: string): Promise<Presence> {
  const signal = AbortSignal.timeout(5_000);
  const answer = await fetch(url, { method: 'HEAD', signal }).catch(() => null);
  if (answer === null || answer.status >= 500) return 'unreachable';
  return answer.status === 200 ? 'there' : 'missing';
}
