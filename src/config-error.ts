/** A variable that is missing or wrong: one line that names it, the fault and an example. */
export class ConfigError extends Error {
  constructor(variable: string, fault: string, example: string) {
    super(`${variable} ${fault}, for example ${variable}=${example}`);
    this.name = 'ConfigError';
  }
}
