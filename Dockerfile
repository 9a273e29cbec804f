# The service alone, without its sandbox: Node's current LTS, the production dependencies, and nothing else, not even a
# shell. It runs as nobody, needs to write nowhere, and takes its settings from the environment (README, "Run it").
#
#   docker build -t rolecall .
#   docker run --read-only -p 8080:8080 --env-file rolecall.env rolecall

FROM node:26-alpine AS node

FROM node AS build
WORKDIR /app
COPY package.json package-lock.json tsconfig.json ./
RUN npm ci --no-audit --no-fund
COPY src src
COPY templates templates
RUN npm run --silent build
RUN rm -rf dist/sandbox && npm prune --omit=dev --no-audit --no-fund
# Types, source maps and texts for developers are half of what is left.
RUN find node_modules dist -type f '(' -name '*.map' -o -name '*.d.*ts' -o -name '*.d.ts' -o -name '*.md' -o -name .tsbuildinfo ')' -delete

FROM scratch
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY --from=node /lib/ld-musl-*.so.1 /lib/
COPY --from=node /usr/lib/libstdc++.so.6 /usr/lib/libgcc_s.so.1 /usr/lib/libatomic.so.1 /usr/lib/
WORKDIR /app
COPY --from=build /app/package.json package.json
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/templates templates
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080
USER 65534:65534
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=4s --start-period=10s CMD ["/usr/local/bin/node", "dist/healthcheck.js"]
CMD ["/usr/local/bin/node", "dist/main.js"]
