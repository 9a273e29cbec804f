import { Agent, request as forward, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Faults } from '../faults.js';
import { isList, isObject, parseJson } from '../wire/json.js';

/** Stands before DynamoDB Local: passes requests on, or lets them fail as a fault says. */
export class DynamoDbProxy {
  readonly #target: URL | undefined;
  readonly #faults: Faults;
  // Idle connections are dropped before DynamoDB Local does it.
  readonly #agent = new Agent({ keepAlive: true, timeout: 10_000 });

  constructor(target: string | undefined, faults: Faults) {
    this.#target = target === undefined ? undefined : new URL(target);
    this.#faults = faults;
  }

  close(): void {
    this.#agent.destroy();
  }

  async answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const operation = String(incoming.headers['x-amz-target']).split('.')[1] ?? '';
    if (this.#faults.strikes('dynamodb-outage')) {
      // Half of the outages are seen as a broken connection, half as an answer.
      if (Math.random() < 0.5) incoming.socket.destroy();
      else fail(response, 500, 'InternalServerError', { message: 'Internal server error' });
      return;
    }
    if (this.#faults.strikes('dynamodb-away')) {
      // A port that others share cannot be closed; a reset is as near as it gets to nobody being there.
      incoming.socket.resetAndDestroy();
      return;
    }
    if (this.#faults.strikes('dynamodb-throttle')) {
      const message = 'The level of configured provisioned throughput for the table was exceeded.';
      fail(response, 400, 'ProvisionedThroughputExceededException', { message });
      return;
    }
    if (operation === 'TransactWriteItems' && this.#faults.strikes('dynamodb-conflict')) {
      conflict(response, body);
      return;
    }
    const dropsReply = this.#faults.strikes('dynamodb-lost-reply');
    await this.#pass(incoming, body, dropsReply ? undefined : response);
    if (dropsReply) incoming.socket.destroy();
  }

  /** Sends the request on and its answer back; without a `response` the answer is thrown away. */
  #pass(incoming: IncomingMessage, body: Buffer, response: ServerResponse | undefined): Promise<void> {
    const target = this.#target;
    if (target === undefined) {
      if (response !== undefined) {
        fail(response, 500, 'InternalServerError', { message: 'The sandbox was started without a DynamoDB' });
      }
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const { host: _, connection: __, 'transfer-encoding': ___, ...headers } = incoming.headers;
      const outgoing = forward(
        target,
        {
          method: incoming.method,
          headers: { ...headers, 'content-length': body.length },
          agent: this.#agent,
        },
        (answer) => {
          answer.on('close', resolve);
          if (response === undefined) {
            answer.resume();
            return;
          }
          const { connection: _, 'keep-alive': __, ...passed } = answer.headers;
          response.writeHead(answer.statusCode ?? 502, passed);
          answer.pipe(response);
        },
      );
      outgoing.on('error', () => {
        response?.destroy();
        resolve();
      });
      outgoing.end(body);
    });
  }
}

/** A transaction that meets another: the first item conflicts, the others have nothing to say. */
function conflict(response: ServerResponse, body: Buffer): void {
  const request = parseJson(body.toString('utf8'));
  const items = isObject(request) ? request['TransactItems'] : undefined;
  const reasons = (isList(items) ? items : []).map((_, index) =>
    index === 0
      ? { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' }
      : { Code: 'None' },
  );
  const codes = reasons.map(({ Code }) => Code).join(', ');
  fail(response, 400, 'TransactionCanceledException', {
    Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    CancellationReasons: reasons,
  });
}

function fail(response: ServerResponse, status: number, code: string, fields: object): void {
  const body = JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${code}`, ...fields });
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
