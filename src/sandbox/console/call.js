/** Calls the console's data. Throws what the sandbox refuses, in its words. */
export async function call(method, path, body) {
  const answer = await fetch(`/cloudformation/home${path}`, {
    method,
    ...(body
      ? {
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        }
      : {}),
  });
  const result = await answer.json();
  if (!answer.ok) throw new Error(`${result.message} (${result.code})`);
  return result;
}
