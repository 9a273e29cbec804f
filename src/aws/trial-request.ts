/** A request to an AWS service, as far as it does not depend on where that is. */
export interface TrialRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An operation of a service that speaks the Query protocol, or EC2's form of it. */
export function query(
  Version: string,
  Action: string,
  parameters: Readonly<Record<string, string>> = {},
): TrialRequest {
  return {
    method: 'POST',
    path: '/',
    query: {},
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: new URLSearchParams({ Action, Version, ...parameters }).toString(),
  };
}

/** An operation of a service that speaks JSON 1.1; `target` is the service's name in it and the operation's. */
export function json(target: string, input: Readonly<Record<string, unknown>> = {}): TrialRequest {
  return {
    method: 'POST',
    path: '/',
    query: {},
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
    body: JSON.stringify(input),
  };
}

/** A GET of a service whose operations are paths. */
export function get(path: string, parameters: Readonly<Record<string, string>> = {}): TrialRequest {
  return { method: 'GET', path, query: parameters, headers: {}, body: '' };
}
