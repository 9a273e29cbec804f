import { evaluate, type Scope } from './intrinsics.js';
import type { Output } from './stack.js';
import type { Template } from './template.js';

/** The outputs that a template has under its conditions. */
export function evaluateOutputs(template: Template, scope: Scope): Output[] {
  return [...template.outputs].flatMap(([key, output]) => {
    if (output.condition !== undefined && !scope.condition(output.condition)) return [];
    const value = evaluate(output.value, scope);
    return [{ key, value: String(value ?? ''), description: output.description }];
  });
}
