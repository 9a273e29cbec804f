// Asks the service beside it whether its process lives, for a container's health check: exit code 0 where it does.
const port = process.env['PORT'] || '8080';
const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(3_000) }).catch(
  () => null,
);
process.exit(answer?.ok ? 0 : 1);
