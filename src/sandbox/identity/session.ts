import { randomBytes } from 'node:crypto';
import type { Role } from '../iam/role.js';
import type { PolicyDocument } from '../policy/document.js';
import type { Account } from './account.js';
import { sessionKeyId } from './unique-id.js';

/** A session in a role, with the credentials that stand for it. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly token: string;
  readonly expiresAt: Date;
  readonly account: Account;
  readonly role: Role;
  readonly name: string;
  /** Session policies narrow what the role may do; an empty list narrows nothing. */
  readonly policies: readonly PolicyDocument[];
  readonly sourceIdentity: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
}

/** The sessions by access key ID. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();

  find(accessKeyId: string): Session | undefined {
    return this.#sessions.get(accessKeyId);
  }

  begin(
    facts: Pick<Session, 'account' | 'role' | 'name'> &
      Partial<Pick<Session, 'policies' | 'sourceIdentity' | 'tags'>>,
    seconds: number,
  ): Session {
    this.#forgetExpired();
    const session: Session = {
      accessKeyId: sessionKeyId(),
      secretAccessKey: randomBytes(30).toString('base64'),
      token: randomBytes(240).toString('base64'),
      expiresAt: new Date(Math.floor(Date.now() / 1000 + seconds) * 1000),
      policies: [],
      sourceIdentity: undefined,
      tags: new Map(),
      ...facts,
    };
    this.#sessions.set(session.accessKeyId, session);
    return session;
  }

  /** Expired sessions are kept for an hour, so that their use is answered as expired and not as unknown. */
  #forgetExpired(): void {
    for (const [id, session] of this.#sessions) {
      // In the order of their making; most live alike long, so the first that is young ends the walk.
      if (session.expiresAt.getTime() > Date.now() - 3_600_000) return;
      this.#sessions.delete(id);
    }
  }
}
