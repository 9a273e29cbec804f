import type { Logger } from 'pino';
import type { Adapters } from './adapters.js';
import type { Config } from './config.js';
import type { TellAccess } from './core/access-change.js';
import type { Actor } from './core/event.js';
import { Problem } from './core/problem.js';
import { type ImportEach, type ImportWish, importClients } from './onboarding/import-client.js';
import type { Catalogue } from './templates/catalogue.js';

/** Taking over roles that were there before this service, put together. */
export function makeImports(
  config: Config,
  catalogue: Catalogue,
  adapters: Adapters & { readonly tellAccess: TellAccess },
  log: Logger,
) {
  const failed = (error: unknown) => log.error({ err: error }, 'a role was not imported');
  const region = config.trustedPrincipal.partition.defaultRegion;
  const profiles = [...catalogue.profiles.keys()];
  const ports = { ...adapters, profiles, region, failed };
  return {
    /** Throws `import-not-allowed` where the operator has not switched it on. */
    async importClients<Result>(wishes: readonly ImportWish[], actor: Actor, each: ImportEach<Result>) {
      if (!config.allowImport) throw new Problem('import-not-allowed', 'ALLOW_IMPORT is not true here.');
      return importClients(ports, wishes, actor, each);
    },
  };
}
