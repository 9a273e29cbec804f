import type { Logger } from 'pino';
import type { NewEvent } from '../core/event.js';

/**
 * Writes what happens to clients, as the feed is told of it: a line an event, so that an onboarding reads as a story.
 * Of an event's data there are the stack and the code of a failure.
 */
export function makeTellEvents(log: Logger): (events: readonly NewEvent[]) => void {
  return (events) => {
    for (const { type: event, clientId, accountId, actor, data } of events) {
      const { stackId, code } = data;
      const requestId = 'requestId' in actor ? actor.requestId : undefined;
      log.info(
        { event, clientId: clientId ?? undefined, accountId, stackId, code, by: actor.type, requestId },
        'happened',
      );
    }
  };
}
