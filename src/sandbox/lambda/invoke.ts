import { randomUUID } from 'node:crypto';
import { isObject, type Json } from '../wire/json.js';
import type { World } from '../world.js';
import type { LambdaFunction } from './function.js';
import { runFunction } from './run-function.js';

/** One run of a function's code, for the control API. */
export interface Invocation {
  readonly functionArn: string;
  /** The RequestId inside the event, as CloudFormation sets it. */
  readonly eventRequestId: string | undefined;
  /** Lambda's own, the same for all attempts at one event. */
  readonly requestId: string;
  /** 1, and more where Lambda tried again. */
  readonly attempt: number;
  readonly at: Date;
  durationMs: number | undefined;
  outcome: 'running' | Outcome;
  /** What the code wrote, and the error that it ended in; known when it has ended. */
  log: string;
}

export type Outcome = 'ok' | 'error' | 'timeout';

/** The pauses before Lambda's two retries of an asynchronous invocation, in seconds. */
const pauses = [60, 120];

/** Invokes a function asynchronously: an error or a time-out is tried again twice. */
export function invokeLater(world: World, invoked: LambdaFunction, event: Json): void {
  const requestId = randomUUID();
  world.background.start(`Lambda ${invoked.name}`, async () => {
    for (const [index, pause] of [0, ...pauses].entries()) {
      if (pause > 0) await world.background.sleep(pause * 1000 * world.settings.lambdaRetryScale);
      // The function may have been changed or deleted meanwhile.
      const current = world.functions.get(invoked.arn);
      if (current === undefined) return;
      const at = new Date();
      const invocation: Invocation = {
        functionArn: current.arn,
        eventRequestId: isObject(event) ? String(event['RequestId']) : undefined,
        requestId,
        attempt: index + 1,
        at,
        durationMs: undefined,
        outcome: 'running',
        log: '',
      };
      world.invocations.push(invocation);
      // A role that was taken away meanwhile is an error like those of the code.
      const { outcome, log } = await runFunction(world, current, event, requestId).catch(
        (error: unknown): { outcome: Outcome; log: string } => ({ outcome: 'error', log: String(error) }),
      );
      Object.assign(invocation, { outcome, log, durationMs: Date.now() - at.getTime() });
      if (outcome === 'ok') return;
    }
  });
}
