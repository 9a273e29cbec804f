import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Problem, type ProblemCode, problemRow } from '../core/problem.js';
import { problemBody } from './plugins/problems.js';

/**
 * Answers what is no request yet when it fails: one that Node cannot read, whose headers are too large, or that takes
 * too long to arrive. There is no reply for those, so it is written to the connection, which ends with it.
 */
export function makeAnswerBroken(publicUrl: string, requestId: () => string) {
  return (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
      socket.destroy();
      return;
    }
    const [code, detail] = wordsFor(error.code);
    const { status } = problemRow(code);
    const body = JSON.stringify(problemBody(publicUrl, new Problem(code, detail), requestId()));
    const head = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      'Content-Type: application/problem+json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
    ];
    socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
  };
}

function wordsFor(code: string | undefined): readonly [ProblemCode, string] {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return ['request-timeout', 'The request did not arrive within the time there is for it.'];
  if (code === 'HPE_HEADER_OVERFLOW') return ['headers-too-large', 'The headers take more than 16 KB.'];
  return ['request-broken', 'What arrived is not a request of HTTP/1.1.'];
}
