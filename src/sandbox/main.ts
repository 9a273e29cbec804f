import { startSandbox } from './sandbox.js';

// The sandbox as a program. SANDBOX_PORT (4566), SANDBOX_PROPAGATION_MS, SANDBOX_RESOURCE_DELAY_MS, DYNAMODB_URL.

const sandbox = await startSandbox({
  port: numberFrom('SANDBOX_PORT') ?? 4566,
  ...optional('propagationMs', numberFrom('SANDBOX_PROPAGATION_MS')),
  ...optional('resourceDelayMs', numberFrom('SANDBOX_RESOURCE_DELAY_MS')),
  ...optional('dynamodbUrl', process.env['DYNAMODB_URL']),
  log: (line) => process.stderr.write(`${line}\n`),
}).catch((error: unknown) => {
  process.stderr.write(`the sandbox did not start: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
});
process.stdout.write(`Rolecall sandbox (not AWS) at ${sandbox.url}\n`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void sandbox.close();
  });
}

function numberFrom(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  process.stderr.write(`${name} must be a whole number, such as 4566; it is "${text}"\n`);
  process.exit(1);
}

function optional<K extends string, V>(name: K, value: V | undefined): Partial<Record<K, V>> {
  const given: Partial<Record<K, V>> = {};
  if (value !== undefined) given[name] = value;
  return given;
}
