# Shared by .ci/run and .ci/long: programs that tests need, and a clean clone to test.

# need <program> <package>: installs what is missing where that is possible; a test that misses it then says so.
need() {
  if command -v "$1" > /dev/null 2>&1; then return 0; fi
  if ! command -v apt-get > /dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
    echo "missing: $1 (cannot install it here)" >&2
    return 0
  fi
  if [ -z "${apt_updated:-}" ]; then apt-get update -qq || true; apt_updated=1; fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$2" > /dev/null || echo "missing: $1 (installing $2 failed)" >&2
}

# clone: the commit that is checked out, without anything that lies about in the working tree; goes there.
clone() {
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  results=$work/results.json
  git clone -q --no-hardlinks "$root" "$work/msvc"
  cd "$work/msvc"
  git checkout -q --detach "$(git -C "$root" rev-parse HEAD)"
  # Tests must not lean on the machine's own settings.
  unset NODE_ENV FORCE_COLOR NO_COLOR MSVC_FILE MSVC_PROFILES MSVC_PROJECT_NAME
}
