import { validationError } from './wire/aws-error.js';
import { isObject, type Json } from './wire/json.js';

/** What can be changed while the sandbox runs, by PATCH on `/_sandbox/settings`. */
export interface Settings {
  /** How long a new role stays unknown to STS, and an old trust policy stays in force after an update. */
  propagationMs: number;
  /** How long each resource of a stack takes, so that a person sees progress. */
  resourceDelayMs: number;
  /** How long a stack waits for its subscription to be confirmed before it goes on all the same, as AWS does. */
  confirmationMs: number;
  /** Multiplies the pauses between SNS's attempts: 0.01 makes 20 s into 200 ms. */
  snsRetryScale: number;
  /** Multiplies the pauses before Lambda's retries of an asynchronous invocation, a minute and then two. */
  lambdaRetryScale: number;
  /** How long a custom resource's answer may be put at its ResponseURL. */
  answerExpirySeconds: number;
  /** How far ahead sessions see the time, so that they grow old, and expire, without anybody waiting. */
  clockAheadSeconds: number;
}

/** The settings that a sandbox starts with. */
export function defaultSettings(): Settings {
  return {
    propagationMs: 3000,
    resourceDelayMs: 150,
    confirmationMs: 1500,
    snsRetryScale: 1,
    lambdaRetryScale: 1,
    answerExpirySeconds: 7200,
    clockAheadSeconds: 0,
  };
}

/** Changes the settings that `changes` names; throws on an unknown name and on what is no number from 0. */
export function changeSettings(settings: Settings, changes: Json): void {
  if (!isObject(changes)) throw validationError('settings are an object');
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(settings, name)) throw validationError(`unknown setting ${name}`);
    if (typeof value !== 'number' || !(value >= 0)) throw validationError(`${name} is a number from 0`);
  }
  Object.assign(settings, changes);
}
