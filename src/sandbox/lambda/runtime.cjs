// Lambda's Node.js runtime, as far as a function can tell. It gets the event by standard input and runs the handler
// of the file in its folder. Exit code 0 is a success; an error is written as Lambda writes it to the log.
const { closeSync, readFileSync, writeSync } = require('node:fs');
const { createRequire } = require('node:module');
const net = require('node:net');
const { join } = require('node:path');

const { event, handler, timeoutSeconds, context } = JSON.parse(readFileSync(0, 'utf8'));

// Should the sandbox be killed, nobody else ends this process.
setTimeout(() => process.exit(1), timeoutSeconds * 1000 + 11_000).unref();
process.on('uncaughtException', fail);
stayOnThisMachine();

let isDone = false;
const [file = '', name = ''] = handler.split('.');
const lambda = createRequire(join(process.cwd(), 'index.js'))(`./${file}`)[name];
if (typeof lambda !== 'function') {
  fail(
    Object.assign(new Error(`${handler} is undefined or not exported`), { name: 'Runtime.HandlerNotFound' }),
  );
}
// Loading the code is Lambda's init phase, which a function's time-out does not count.
writeSync(3, '.');
closeSync(3);
const deadline = Date.now() + timeoutSeconds * 1000;
const given = {
  ...context,
  functionVersion: '$LATEST',
  logGroupName: `/aws/lambda/${context.functionName}`,
  callbackWaitsForEmptyEventLoop: true,
  getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
};
const returned = lambda(event, given, (error) => {
  isDone = true;
  if (error) fail(error);
  // Without an async handler Lambda waits for what is still under way.
  if (!given.callbackWaitsForEmptyEventLoop) process.exit(0);
});
if (typeof returned?.then === 'function') {
  returned.then(() => process.exit(0), fail);
  process.on('beforeExit', () => {
    if (!isDone) fail(new Error('Runtime exited without providing a reason'));
  });
}

function fail(error) {
  const { name: errorType = 'Error', message: errorMessage = String(error), stack = '' } = error ?? {};
  process.stderr.write(`${JSON.stringify({ errorType, errorMessage, stack: stack.split('\n') })}\n`, () =>
    process.exit(1),
  );
  process.exitCode = 1;
}

/** A template can come from anywhere, so its code reaches this machine only. */
function stayOnThisMachine() {
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function (...given) {
    const [first, second] = Array.isArray(given[0]) ? given[0] : given;
    const host =
      (typeof first === 'object' ? first.host : typeof second === 'string' ? second : undefined) ??
      'localhost';
    if (/^(localhost|127(\.\d+){3}|\[?::1\]?)$/.test(host)) return connect.apply(this, given);
    const refusal = Object.assign(new Error(`the sandbox lets functions reach loopback only, not ${host}`), {
      code: 'ECONNREFUSED',
    });
    process.nextTick(() => this.destroy(refusal));
    return this;
  };
}
