# On the builder's own platform, whatever the image is for: Go compiles across, and nothing is emulated.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
# The modules first: they change less often than the code.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
# /out becomes the root of the image, so its two folders keep the mode they have here: an image from scratch has no
# shell to change it, and the sandbox may be run as any user id.
RUN mkdir -p -m 1777 /out/data /out/tmp
ARG VERSION=devel TARGETOS TARGETARCH
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags "-s -w -X main.version=$VERSION" -o /out/sandbox ./cmd/sandbox

FROM scratch AS runtime
COPY --from=build /out/ /
USER 65532:65532
# Outside a loopback address the control API wants a token: give SANDBOX_CONTROL_TOKEN, or take the one printed at start.
ENV SANDBOX_ADDR=0.0.0.0:8080 SANDBOX_DB=/data/sandbox.db
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["/sandbox", "healthcheck"]
ENTRYPOINT ["/sandbox"]
