import type { SessionCredentials } from '../identity/session.js';
import type { XmlElements } from '../wire/xml.js';

/** The credentials of a session as STS hands them out. */
export function describeCredentials(session: SessionCredentials): XmlElements {
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: session.token,
    Expiration: session.expiresAt,
  };
}
