import type { FastifyInstance } from 'fastify';
import type { Demand } from '../../core/caller.js';

/** What a caller has to be allowed, or why the route is open to anybody. */
export type Access = Demand | { readonly open: string };

export interface DeclaredRoute {
  readonly method: string;
  readonly url: string;
  readonly access: Access | undefined;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Every route says it; one that does not stops the start. */
    readonly access?: Access;
    /** The key that a browser stands for, which sends none itself; null where it stands for none. */
    readonly browserKey?: (request: FastifyRequest) => Promise<string | null>;
  }
  interface FastifyInstance {
    /** All routes, and who may call them. */
    declaredRoutes: readonly DeclaredRoute[];
  }
}

/** Holds every route that is added from here on to declaring its access: the app does not get ready otherwise. */
export function requireAccess(app: FastifyInstance): void {
  const routes: DeclaredRoute[] = [];
  app.decorate('declaredRoutes', routes);
  app.addHook('onRoute', (route) => {
    routes.push({
      method: String(route.method),
      url: route.url,
      // Read when it is asked for: a plugin that wraps another's routes declares it for them, after this hook.
      get access() {
        return route.config?.access;
      },
    });
  });
  app.addHook('onReady', async () => {
    const silent = routes.filter(({ access }) => access === undefined);
    const names = silent.map(({ method, url }) => `${method} ${url}`);
    if (names.length > 0) throw new Error(`these routes do not declare their access: ${names.join(', ')}`);
  });
}

/** Declares all routes of a scope open, those of other people's plugins. */
export function declareOpen(scope: FastifyInstance, open: string): void {
  scope.addHook('onRoute', (route) => {
    route.config = { ...route.config, access: { open } };
  });
}
