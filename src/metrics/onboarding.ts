import { Counter, type Registry } from 'prom-client';
import { type EventType, eventTypes, type NewEvent } from '../core/event.js';
import { everyFailure } from '../core/failure.js';
import { stackFailures } from '../core/stack-failed.js';

/**
 * Counts events as they are committed by this process, and of them the onboarding funnel: how far clients come, and
 * what keeps them from coming further.
 */
export function countEvents(registry: Registry): (events: readonly NewEvent[]) => void {
  const registers = [registry];
  const counted = new Counter({
    name: 'rolecall_events_total',
    help: 'Events that this process has committed to the feed.',
    labelNames: ['type'],
    registers,
  });
  const steps = new Counter({
    name: 'rolecall_onboarding_steps_total',
    help: 'Steps of onboarding: ok, or the code of what went wrong.',
    labelNames: ['step', 'outcome'],
    registers,
  });
  // There from the start, so that a first increase is seen as one.
  for (const type of eventTypes) counted.inc({ type }, 0);
  for (const step of Object.values(STEPS)) steps.inc({ step, outcome: 'ok' }, 0);
  for (const { code } of everyFailure()) steps.inc({ step: 'connected', outcome: code }, 0);
  for (const cause of stackFailures) steps.inc({ step: 'answered', outcome: cause }, 0);

  return (events) => {
    for (const { type, data } of events) {
      counted.inc({ type });
      const step = STEPS[type];
      const failed = FAILED_STEPS[type];
      if (step !== undefined) steps.inc({ step, outcome: 'ok' });
      // Codes of ours, which are known; nothing that comes from outside.
      else if (failed !== undefined)
        steps.inc({ step: failed, outcome: String(data['code'] ?? data['cause']) });
    }
  };
}

const STEPS: Partial<Record<EventType, string>> = {
  'client.invited': 'invited',
  'launch.opened': 'opened',
  'stack.started': 'started',
  'account.verifying': 'verifying',
  'account.connected': 'connected',
};

const FAILED_STEPS: Partial<Record<EventType, string>> = {
  'account.rejected': 'connected',
  'stack.failed': 'answered',
};
