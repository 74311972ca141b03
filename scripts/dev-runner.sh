#!/usr/bin/env bash
# Runs the runner in a container of its own, with Docker Compose.
#
#   ./scripts/dev-runner.sh up [-d]     builds and starts it
#   ./scripts/dev-runner.sh logs [-f]   shows what it says
#   ./scripts/dev-runner.sh down [-v]   stops and removes it; -v its state, too
#   ./scripts/dev-runner.sh build       builds the binary and the image only
#
# Arguments go to docker compose. .env.runner configures it; where there is
# none, .env.runner.example is copied. `devproxy up --backend docker` starts the
# same service, replaces it without a gap, and needs no Compose.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
compose_file=docker-compose.runner-dev.yml
env_file=.env.runner
image_dir=.runner-image
tags=nobadger,nomysql,nopgx

say() { printf 'dev-runner: %s\n' "$*" >&2; }

usage() {
  sed -n '4,7s/^# *//p' "$root/scripts/dev-runner.sh" >&2
  exit 2
}

make_env_file() {
  if [ -e "$env_file" ]; then return; fi
  (umask 077 && cp "$env_file.example" "$env_file")
  say "made $env_file from $env_file.example; edit it to configure the runner"
}

# Exports the variables of .env.runner, for the compose file to use. What is set
# already wins; nothing in the file is executed.
export_env_file() {
  local line name value
  if [ ! -e "$env_file" ]; then return; fi
  while IFS= read -r line || [ -n "$line" ]; do
    line=${line%$'\r'}
    name=${line%%=*}
    value=${line#*=}
    if [[ $line == *=* && $name =~ ^[A-Za-z_][A-Za-z0-9_]*$ && -z ${!name+set} ]]; then
      export "$name=$value"
    fi
  done <"$env_file"
}

# The architecture of the engine, which need not be this machine's.
architecture() {
  docker version --format '{{.Server.Arch}}' 2>/dev/null || go env GOARCH
}

build_binary() {
  if ! command -v go >/dev/null; then
    say "building the image needs Go 1.26 or later: https://go.dev/dl/"
    exit 1
  fi
  mkdir -p "$image_dir"
  CGO_ENABLED=0 GOOS=linux GOARCH=$(architecture) "$root/scripts/heartbeat" 5 "building the runner" \
    go build -tags "$tags" -ldflags '-s -w' -o "$image_dir/devproxy" ./devproxy
}

has_compose() { docker compose version >/dev/null 2>&1; }

suggest_devproxy() {
  say "there is no 'docker compose' here. Install Docker's Compose plugin, or use"
  say "  devproxy up --backend docker"
  say "which runs the same $compose_file and needs nothing but the engine."
}

case ${1:-} in
  up | down | logs)
    if ! has_compose; then
      suggest_devproxy
      exit 1
    fi
    ;;
  build) ;;
  *) usage ;;
esac
make_env_file
export_env_file
if [ "$1" = up ] || [ "$1" = build ]; then build_binary; fi
if [ "$1" = build ] && ! has_compose; then
  say "built $image_dir/devproxy, but no image of it:"
  suggest_devproxy
  exit
fi
# Compose would take an image that is there already for up to date.
if [ "$1" = up ]; then set -- up --build "${@:2}"; fi
exec docker compose -f "$compose_file" "$@"
