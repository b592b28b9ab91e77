# Shared by .ci/run and .ci/long: programs that tests need, and a clean clone to test.

# need <program> <package>: installs what is missing where that is possible; a test that misses it then says so.
need() {
  if ! command -v "$1" > /dev/null 2>&1; then install_package "$1" "$2"; fi
}

# need_file <file> <package>: the same for what is no program.
need_file() {
  if [ ! -e "$1" ]; then install_package "$1" "$2"; fi
}

install_package() {
  if ! command -v apt-get > /dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
    echo "missing: $1 (cannot install it here)" >&2
    return 0
  fi
  update_once
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$2" > /dev/null || echo "missing: $1 (installing $2 failed)" >&2
}

update_once() {
  if [ -z "${apt_updated:-}" ]; then apt-get update -qq || true; fi
  apt_updated=1
}

# go_and_driver: a Go that is new enough for the template, and Debian's SQLite driver, which stands for Go's registry of
# modules. Debian 12 has such a Go only in its backports.
go_and_driver() {
  need_file /usr/share/gocode/src/github.com/mattn/go-sqlite3/go.mod golang-github-mattn-go-sqlite3-dev
  for newer in /usr/lib/go-1.2[2-9]/bin/go /usr/local/go/bin/go; do if [ -x "$newer" ]; then return 0; fi; done
  if grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release && [ "$(id -u)" = 0 ]; then
    update_once
    if [ -z "$(apt-cache policy golang-1.23-go)" ]; then
      echo 'deb http://deb.debian.org/debian bookworm-backports main' > /etc/apt/sources.list.d/bookworm-backports.list
      apt-get update -qq || true
    fi
  fi
  need_file /usr/lib/go-1.23/bin/go golang-1.23-go
}

# clone: the commit that is checked out, without anything that lies about in the working tree; goes there.
clone() {
  work=$(mktemp -d)
  trap at_end EXIT
  results=$work/results.json
  git clone -q --no-hardlinks "$root" "$work/msvc"
  cd "$work/msvc"
  git checkout -q --detach "$(git -C "$root" rev-parse HEAD)"
  # Tests must not lean on the machine's own settings.
  unset NODE_ENV FORCE_COLOR NO_COLOR MSVC_FILE MSVC_PROFILES MSVC_PROJECT_NAME
}

# engine: a container engine for the tests that need one. The one that runs is used; else one is started of our own, in a
# folder of its own, and stopped at the end. Where neither works the tests say so, and .ci/summary.mjs fails the run.
engine() {
  need dockerd docker.io
  need busybox busybox-static
  if curl -fs --max-time 5 --unix-socket "${DOCKER_SOCKET:-/var/run/docker.sock}" http://localhost/_ping > /dev/null 2>&1; then return 0; fi
  if ! command -v dockerd > /dev/null 2>&1 || [ "$(id -u)" != 0 ]; then return 0; fi
  engine_dir=$(mktemp -d)
  for options in "" "--storage-driver=vfs" "--storage-driver=vfs --iptables=false --ip-masq=false"; do
    # shellcheck disable=SC2086
    dockerd --data-root "$engine_dir/data" --exec-root "$engine_dir/exec" --pidfile "$engine_dir/pid" \
      -H "unix://$engine_dir/docker.sock" $options > "$engine_dir/log" 2>&1 &
    engine_pid=$!
    for _ in $(seq 150); do
      if curl -fs --unix-socket "$engine_dir/docker.sock" http://localhost/_ping > /dev/null 2>&1; then
        export DOCKER_HOST="unix://$engine_dir/docker.sock"
        return 0
      fi
      kill -0 "$engine_pid" 2> /dev/null || break
      sleep 0.2
    done
    stop_engine
  done
  echo "no container engine: dockerd does not start here:" >&2
  tail -5 "$engine_dir/log" >&2
}

stop_engine() {
  if [ -z "${engine_pid:-}" ]; then return 0; fi
  kill "$engine_pid" 2> /dev/null || true
  wait "$engine_pid" 2> /dev/null || true
  engine_pid=
}

# at_end: stops and removes what this script made.
at_end() {
  stop_engine
  rm -rf "${work:-}" "${engine_dir:-}" 2> /dev/null || true
}
