import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Answer, Remember } from '../../core/remembered-answer.js';
import type { Service } from '../../service.js';
import { digestOf, idempotencyKeyOf } from '../idempotency-key.js';

/** What a route answers: `body` is written by the route's schema for this status. */
export interface MadeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
}

/** Carries out what a route is for, and hands what it makes to `remember` before it is stored. */
export type Run<Made> = (remember: Remember<Made>) => Promise<unknown>;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What Idempotency-Key does, or why nothing. Every POST of the API says one of them. */
    readonly repeats?: 'by-key' | { readonly ignored: string };
  }
  interface FastifyReply {
    /**
     * Answers with what `run` has made. Under an Idempotency-Key it is made once, and a repeat is answered the same:
     * status, headers and body, byte for byte.
     */
    once<Made>(run: Run<Made>, answer: (made: Made) => MadeAnswer): Promise<FastifyReply>;
    /**
     * The same for each of several things that a call asks for: returns a function that carries out the one at a place
     * and resolves to its part of the answer. Under an Idempotency-Key a repeat gets the parts that there are as they
     * were, and has the others tried.
     */
    onceEach<Made, Part extends object>(
      places: number,
      part: (made: Made, place: number) => Part,
    ): Promise<(place: number, run: Run<Made>) => Promise<Part>>;
  }
}

/** Calls that can be repeated. A POST of the API that does not say what a repeat does stops the start. */
export function repeatByKey(app: FastifyInstance, service: Pick<Service, 'answerOnce' | 'recall'>): void {
  const { answerOnce, recall } = service;

  app.addHook('onRoute', ({ url, method, config }) => {
    const posts = [method].flat().includes('POST') && url.startsWith('/v1/');
    if (posts && config?.repeats === undefined)
      throw new Error(`POST ${url} does not declare what an Idempotency-Key does`);
  });

  app.decorateReply('once', async function <
    Made,
  >(this: FastifyReply, run: Run<Made>, answer: (made: Made) => MadeAnswer) {
    const { request } = this;
    const written = (made: Made) => write(this, answer(made));
    const idempotencyKey = idempotencyKeyOf(request);
    if (idempotencyKey === null) return send(this, await latestOf(run, written));
    const call = { ...callerOf(request), idempotencyKey, request: digestOf(request) };
    const { answer: given, repeated } = await answerOnce(call, (remember) =>
      run((made) => remember(written(made))),
    );
    if (repeated) this.header('idempotent-replayed', 'true');
    return send(this, given);
  });

  app.decorateReply('onceEach', async function <
    Made,
    Part extends object,
  >(this: FastifyReply, places: number, part: (made: Made, place: number) => Part) {
    const { request } = this;
    const idempotencyKey = idempotencyKeyOf(request);
    const written = (made: Made, place: number): Answer => ({
      ...{ status: 200, headers: {} },
      body: JSON.stringify(part(made, place)),
    });
    const parsed = ({ body }: Answer): Part => JSON.parse(body);
    if (idempotencyKey === null)
      return async (place: number, run: Run<Made>) =>
        parsed(await latestOf(run, (made) => written(made, place)));
    // No key of a caller's holds a line break.
    const calls = Array.from({ length: places }, (_, place) => ({
      ...callerOf(request),
      idempotencyKey: `${idempotencyKey}\n${place}`,
      request: digestOf(request),
    }));
    // Before anything is carried out: another request under this key changes nothing.
    await Promise.all(calls.map(recall));
    return async (place: number, run: Run<Made>) => {
      const call = calls[place];
      if (call === undefined) throw new Error(`there are ${places} things to do, and no ${place}`);
      const { answer, repeated } = await answerOnce(call, (remember) =>
        run((made) => remember(written(made, place))),
      );
      if (repeated) this.header('idempotent-replayed', 'true');
      return parsed(answer);
    };
  });
}

async function latestOf<Made>(run: Run<Made>, written: (made: Made) => Answer): Promise<Answer> {
  let latest: Answer | null = null;
  await run((made) => {
    latest = written(made);
    return [];
  });
  if (latest === null) throw new Error('a call that can be repeated hands over what it answers');
  return latest;
}

function write(reply: FastifyReply, { status, headers = {}, body }: MadeAnswer): Answer {
  const serialize = reply.getSerializationFunction(String(status)) ?? JSON.stringify;
  const type = { 'content-type': 'application/json; charset=utf-8' };
  return { status, headers: { ...headers, ...type }, body: serialize({ ...body }) };
}

/** As bytes, which leave as they are: a text would be written as JSON once more. */
function send(reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  return reply.code(status).headers(headers).send(Buffer.from(body));
}

function callerOf({ caller, headers }: FastifyRequest): { callerId: string; bearer: string } {
  return { callerId: caller.id, bearer: (headers.authorization ?? '').replace(/^bearer /i, '') };
}
