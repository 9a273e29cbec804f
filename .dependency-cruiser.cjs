/** The architecture as rules: imports run one way, and each rule says why. */
const onlyTypes = { dependencyTypesNot: ["type-only"] };

module.exports = {
	forbidden: [
		{
			name: "no-cycles",
			comment: "Two files that need each other are one file, or hide a third.",
			severity: "error",
			from: {},
			to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
		},
		{
			name: "core-is-pure",
			comment:
				"What the words mean depends on nothing but node:crypto: no Fastify, no AWS SDK, no clock.",
			severity: "error",
			from: { path: "^src/core" },
			to: { pathNot: "^(src/core|node:crypto|crypto$)" },
		},
		{
			name: "verbs-know-no-adapters",
			comment:
				"A verb states its port; what stands behind it is chosen in service.ts.",
			severity: "error",
			from: { path: "^src/(onboarding|keeping|keys|webhooks|repeats|access|feed|lists|due|readiness)/" },
			to: {
				path: "^src/(aws|oidc|store|http|metrics|seeing)/|^node_modules/(@aws-sdk|fastify|@fastify)",
			},
		},
		{
			name: "adapters-know-ports-only",
			comment:
				"aws and store import core, and of the verbs nothing but the types of their ports.",
			severity: "error",
			from: { path: "^src/(aws|oidc|store)/" },
			to: {
				path: "^src/(onboarding|keeping|keys|webhooks|repeats|access|feed|lists|due|readiness|templates)/",
				...onlyTypes,
			},
		},
		{
			name: "adapters-do-not-meet",
			comment:
				"The table and the AWS APIs know nothing of each other, and neither knows HTTP.",
			severity: "error",
			from: { path: "^src/(aws|oidc|store)/" },
			to: { path: "^src/(aws|oidc|store|http)/", pathNot: "^src/$1/" },
		},
		{
			name: "http-calls-the-service",
			comment:
				"A route calls one use case; it reaches neither the table nor AWS.",
			severity: "error",
			from: { path: "^src/http/" },
			to: { path: "^src/(aws|oidc|store|due|sandbox)/|^node_modules/@aws-sdk" },
		},
		{
			name: "metrics-hear-only",
			comment:
				"Metrics are told what happened, by ports or by what is published: they take types, and do nothing.",
			severity: "error",
			from: { path: "^src/(metrics|seeing)/" },
			to: { path: "^src/", pathNot: "^src/(core|seeing)/", ...onlyTypes },
		},
		{
			name: "only-metrics-count",
			comment: "One place knows the library, so that another could take its place.",
			severity: "error",
			from: { pathNot: "^src/metrics(/|\\.ts$)" },
			to: { path: "^node_modules/prom-client" },
		},
		{
			name: "only-the-root-wires",
			comment:
				"service.ts, main.ts and config.ts are imported by nobody but each other; http takes a type.",
			severity: "error",
			from: { pathNot: "^src/[^/]+\\.ts$" },
			to: { path: "^src/[^/]+\\.ts$", ...onlyTypes },
		},
		{
			name: "the-client-stands-alone",
			comment:
				"What platforms install knows the service by its OpenAPI document only.",
			severity: "error",
			from: { path: "^src/client/" },
			to: { path: "^src/", pathNot: "^src/client/" },
		},
		{
			name: "the-service-knows-no-client",
			comment: "The typed client is for those outside.",
			severity: "error",
			from: { path: "^src/", pathNot: "^src/client/" },
			to: { path: "^src/client/" },
		},
		{
			name: "the-service-knows-no-sandbox",
			comment:
				"The service runs against AWS and against the sandbox unchanged.",
			severity: "error",
			from: { path: "^src", pathNot: "^src/sandbox" },
			to: { path: "^src/sandbox" },
		},
		{
			name: "the-sandbox-shares-data-only",
			comment: "Policy code shared by both would hide the same bug in both.",
			severity: "error",
			from: { path: "^src/sandbox" },
			to: { path: "^src", pathNot: "^src/(sandbox|core/partition\\.ts)" },
		},
		{
			name: "no-dev-dependencies",
			comment:
				"The image has production dependencies only; the sandbox runs from a checkout.",
			severity: "error",
			from: { path: "^src", pathNot: "^src/sandbox" },
			to: { dependencyTypes: ["npm-dev"] },
		},
	],
	options: {
		doNotFollow: { path: "node_modules" },
		tsConfig: { fileName: "tsconfig.json" },
		tsPreCompilationDeps: true,
		enhancedResolveOptions: {
			exportsFields: ["exports"],
			conditionNames: ["import", "require", "node", "default"],
		},
	},
};
