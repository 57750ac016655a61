# docker build --build-arg VERSION="$(node -p 'require("./package.json").version')" -t replicator .
#
# The agent, as a user without rights, on 127.0.0.1:1313 of the container unless told otherwise:
# docker run --network host replicator agent -nomad=http://localhost:4646 -consul=localhost:8500

FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY cmd cmd
COPY src src
RUN npm run build
RUN npm ci --omit=dev

FROM node:24-bookworm-slim
ARG VERSION
LABEL org.opencontainers.image.title="replicator" \
      org.opencontainers.image.description="Scales Nomad jobs and the AWS worker pools they run on" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="$VERSION"
ENV NODE_ENV=production
WORKDIR /opt/replicator
COPY package.json LICENSE README.md CHANGELOG.md ./
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
USER node
EXPOSE 1313
STOPSIGNAL SIGTERM

# Liveness: only a process that is stuck fails. Of an agent with another address or port: -e HEALTH_URL=http://…
ENV HEALTH_URL=http://127.0.0.1:1313/v1/health?live
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(process.env.HEALTH_URL).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

ENTRYPOINT ["node", "/opt/replicator/dist/cmd/replicator.js"]
CMD ["agent"]
