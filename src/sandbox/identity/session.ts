import { randomBytes } from 'node:crypto';
import type { Role } from '../iam/role.js';
import type { User } from '../iam/user.js';
import type { PolicyDocument } from '../policy/document.js';
import type { Account } from './account.js';
import { sessionKeyId } from './unique-id.js';

/** The credentials that stand for a session. */
export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly token: string;
  readonly expiresAt: Date;
}

/** A session in a role. */
export interface Session extends SessionCredentials {
  readonly account: Account;
  readonly role: Role;
  readonly name: string;
  /** Session policies narrow what the role may do; an empty list narrows nothing. */
  readonly policies: readonly PolicyDocument[];
  readonly sourceIdentity: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
}

/** A session of a user, who may in it what the user may. */
export interface UserSession extends SessionCredentials {
  readonly account: Account;
  /** Missing for the administrator. */
  readonly user: User | undefined;
  /** When the code of an MFA device was given, in milliseconds; missing where none was. */
  readonly mfaAt: number | undefined;
}

/** The sessions by access key ID. */
export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #ofUsers = new Map<string, UserSession>();
  /** The time that sessions go by, in milliseconds. */
  readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  find(accessKeyId: string): Session | undefined {
    return this.#sessions.get(accessKeyId);
  }

  findOfUser(accessKeyId: string): UserSession | undefined {
    return this.#ofUsers.get(accessKeyId);
  }

  begin(
    facts: Pick<Session, 'account' | 'role' | 'name'> &
      Partial<Pick<Session, 'policies' | 'sourceIdentity' | 'tags'>>,
    seconds: number,
  ): Session {
    const session: Session = {
      ...this.#credentials(seconds),
      policies: [],
      sourceIdentity: undefined,
      tags: new Map(),
      ...facts,
    };
    this.#forgetExpired(this.#sessions);
    this.#sessions.set(session.accessKeyId, session);
    return session;
  }

  beginForUser(facts: Pick<UserSession, 'account' | 'user' | 'mfaAt'>, seconds: number): UserSession {
    const session: UserSession = { ...this.#credentials(seconds), ...facts };
    this.#forgetExpired(this.#ofUsers);
    this.#ofUsers.set(session.accessKeyId, session);
    return session;
  }

  #credentials(seconds: number): SessionCredentials {
    return {
      accessKeyId: sessionKeyId(),
      secretAccessKey: randomBytes(30).toString('base64'),
      token: randomBytes(240).toString('base64'),
      expiresAt: new Date(Math.floor(this.now() / 1000 + seconds) * 1000),
    };
  }

  /** Expired sessions are kept for an hour, so that their use is answered as expired and not as unknown. */
  #forgetExpired(sessions: Map<string, SessionCredentials>): void {
    for (const [id, session] of sessions) {
      // In the order of their making; most live alike long, so the first that is young ends the walk.
      if (session.expiresAt.getTime() > this.now() - 3_600_000) return;
      sessions.delete(id);
    }
  }
}
