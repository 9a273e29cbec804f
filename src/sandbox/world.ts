import { setTimeout as pause } from 'node:timers/promises';
import type { ChangeSet } from './cloudformation/change-set/change-set.js';
import type { StackAnswers } from './cloudformation/custom-resource/answers.js';
import type { Stack } from './cloudformation/stack.js';
import type { StackEngine } from './cloudformation/stack-engine.js';
import type { StackSet } from './cloudformation/stack-set/stack-set.js';
import type { Faults } from './faults.js';
import type { Accounts } from './identity/account.js';
import type { Sessions } from './identity/session.js';
import type { LambdaFunction } from './lambda/function.js';
import type { Invocation } from './lambda/invoke.js';
import type { Organizations } from './organizations/organizations.js';
import type { Bucket } from './s3/bucket.js';
import type { Settings } from './settings.js';
import type { SigningCertificate } from './sns/certificate.js';
import type { Topic } from './sns/topic.js';
import type { CallCounts } from './sts/call-counts.js';

/** Everything the sandbox knows. It lives in memory and ends with the process. */
export interface World {
  /** Where the sandbox answers, such as `http://127.0.0.1:4566`. */
  readonly origin: string;
  readonly settings: Settings;
  readonly faults: Faults;
  readonly accounts: Accounts;
  readonly organizations: Organizations;
  readonly sessions: Sessions;
  readonly stsCalls: CallCounts;
  /** By ID, the deleted ones too. */
  readonly stacks: Map<string, Stack>;
  /** By ID. */
  readonly changeSets: Map<string, ChangeSet>;
  /** By ID. */
  readonly stackSets: Map<string, StackSet>;
  readonly engine: StackEngine;
  readonly answers: StackAnswers;
  /** By ARN. */
  readonly topics: Map<string, Topic>;
  /** By ARN. */
  readonly functions: Map<string, LambdaFunction>;
  readonly invocations: Invocation[];
  /** The ARNs of log groups. */
  readonly logGroups: Set<string>;
  readonly certificate: SigningCertificate;
  /** By name. */
  readonly buckets: Map<string, Bucket>;
  readonly background: Background;
  readonly log: Log;
}

export type Log = (line: string) => void;

/** Work that goes on after its request was answered, and stops with the sandbox. */
export class Background {
  readonly #ending = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** Starts work; an error in it is logged, unless it comes from the end of the sandbox. */
  start(name: string, work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => {
        if (!this.signal.aborted)
          this.#log(`${name}: ${error instanceof Error ? error.stack : String(error)}`);
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Waits; rejects when the sandbox ends, or `signal` says so. */
  async sleep(ms: number, signal: AbortSignal = this.signal): Promise<void> {
    await pause(ms, undefined, { signal: AbortSignal.any([signal, this.signal]) });
  }

  /** Stops all work and waits until it has stopped. */
  async end(): Promise<void> {
    this.#ending.abort();
    await Promise.allSettled(this.#running);
  }
}
