/**
 * Words of Compose (and of later versions) that msvc does not take, by the kind of map they stand in, each with what to
 * do instead. Refused by name: nothing a person writes is ignored in silence. Data only.
 */
const LATER = 'it comes with a later version; take it out for now';
const OWN_NOTES = 'keep notes of your own under an `x-...` key';
const NETWORK =
  'containers of a project share one private network and know each other by service name; declare who calls whom with `calls`';
const LIMITS = 'use `deploy.resources.limits` (`cpus`, `memory`, `pids`)';
const ISOLATION = 'msvc runs containers with the engine\u2019s own isolation; take it out';
const IN_IMAGE = 'msvc does not pass it on; set it in the image or in the engine\u2019s configuration';

const SERVICE: Readonly<Record<string, string>> = {
  expose: 'services reach each other by `calls`; say `port: 3000` for the port it listens on',
  links: 'use `calls`',
  external_links: 'use `calls`',
  scale: 'use `replicas`',
  extends: 'use an anchor and `<<: *name`, or `include`',
  annotations: OWN_NOTES,
  label_file: 'write `labels`',
  networks: NETWORK,
  network_mode: NETWORK,
  volumes_from: 'write the `volumes` of each service',
  tmpfs: 'write it under `volumes`: `{ type: tmpfs, target: /run/cache }`',
  configs: 'mount the file under `volumes`: `./app.conf:/etc/app.conf:ro`',
  container_name: 'a container is named by project, service and replica',
  hostname: 'services reach each other by `calls`, or by service name',
  domainname: 'services reach each other by `calls`, or by service name',
  pull_refresh_after: 'use `pull_policy`',
  cpus: LIMITS,
  mem_limit: LIMITS,
  pids_limit: LIMITS,
  mem_reservation: LIMITS,
  mem_swappiness: LIMITS,
  memswap_limit: LIMITS,
  oom_kill_disable: LIMITS,
  oom_score_adj: LIMITS,
  post_start: LATER,
  pre_stop: LATER,
  provider: LATER,
  models: LATER,
  attach: LATER,
  publishes: LATER,
  subscribes: LATER,
  faults: LATER,
  ...Object.fromEntries(
    'cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpuset blkio_config'
      .split(' ')
      .map((key) => [key, LIMITS]),
  ),
  ...Object.fromEntries(
    (
      'privileged cap_add cap_drop cgroup cgroup_parent credential_spec device_cgroup_rules devices gpus ipc isolation ' +
      'pid runtime security_opt userns_mode uts use_api_socket'
    )
      .split(' ')
      .map((key) => [key, ISOLATION]),
  ),
  ...Object.fromEntries(
    'group_add dns dns_opt dns_search mac_address shm_size storage_opt sysctls ulimits'
      .split(' ')
      .map((key) => [key, IN_IMAGE]),
  ),
};

/** Keys of a service that mean something for a container only, with what a process has in their place. */
export const CONTAINER_ONLY: Readonly<Record<string, string>> = {
  pull_policy: 'it says when an `image` is fetched; take it out',
  platform: 'it says which variant of an `image` runs; take it out',
  entrypoint: 'write the whole of what runs in `command`',
  user: 'a process runs as you; take it out',
  volumes: 'a process sees the files of this machine; for data use `database`',
  ports: 'say `port: 3000` for a fixed port, `route: /path` to reach it through the gateway',
  init: 'a process needs none; take it out',
  read_only: 'a process sees the files of this machine; take it out',
  extra_hosts: 'a process uses the names of this machine; take it out',
  labels: OWN_NOTES,
};

export const UNSUPPORTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  file: {
    networks: NETWORK,
    configs: 'mount the file under `volumes` of the service: `./app.conf:/etc/app.conf:ro`',
    models: LATER,
    faults: LATER,
  },
  service: SERVICE,
  deploy: {
    mode: 'use `replicas`',
    restart_policy: 'use `restart` of the service',
    update_config: 'msvc always starts the new version first where the port allows',
    rollback_config: 'the old version keeps serving when a new one does not become ready',
    labels: 'write `labels` of the service',
    placement: 'everything runs on this machine',
    endpoint_mode: 'the gateway balances; see `gateway.balancer`',
  },
  'secret grant': {
    uid: 'the file belongs to the user that runs msvc',
    gid: 'the file belongs to the user that runs msvc',
    mode: 'only the user that runs msvc can read the file',
  },
  resources: { reservations: LIMITS },
  limits: { devices: ISOLATION },
  build: {
    dockerfile_inline: 'write it to a file and name it in `dockerfile`',
    additional_contexts: 'copy what it needs below `context`',
    cache_from: 'the engine keeps its own cache; take it out',
    cache_to: 'the engine keeps its own cache; take it out',
    platforms: 'say `platform` of the service',
    tags: 'write `image` beside `build`: the result gets that tag',
    labels: 'write LABEL in the Dockerfile, or `labels` of the service',
    secrets: IN_IMAGE,
    ssh: IN_IMAGE,
    network: IN_IMAGE,
    shm_size: IN_IMAGE,
    ulimits: IN_IMAGE,
    extra_hosts: IN_IMAGE,
    entitlements: ISOLATION,
    privileged: ISOLATION,
    isolation: ISOLATION,
    provenance: IN_IMAGE,
    sbom: IN_IMAGE,
  },
  'smoke request': {
    path: 'write `url: /path`, or `request: /path` alone',
    timeout: 'write `timeout` beside `request`, not in it',
  },
  port: { name: OWN_NOTES, app_protocol: 'the gateway tells by itself; take it out', mode: 'take it out' },
  mount: { consistency: 'engines ignore it; take it out', volume: IN_IMAGE, image: IN_IMAGE, cluster: IN_IMAGE },
  bind: { propagation: ISOLATION, recursive: ISOLATION, selinux: 'write `:z` or `:Z` behind the short form' },
  volume: {
    driver: 'msvc uses the engine\u2019s own volumes; make others yourself and write `external: true`',
    driver_opts: 'make the volume yourself and write `external: true`',
    labels: OWN_NOTES,
  },
  watch: { exec: LATER },
  secret: {
    external: 'give a `file` or the name of an `environment` variable',
    name: 'a secret goes by its key',
    labels: OWN_NOTES,
    driver: 'give a `file` or the name of an `environment` variable',
    driver_opts: 'give a `file` or the name of an `environment` variable',
    template_driver: 'give a `file` or the name of an `environment` variable',
  },
  routes: {
    sessionPersistence: 'use `hashOn: HEADER`, or `gateway.balancer: consistent-hash`',
  },
  backendRef: {
    port: 'msvc knows where a service listens',
    group: 'a name is that of a service of this file',
    kind: 'a name is that of a service of this file',
    namespace: 'a name is that of a service of this file',
    filters: 'give the service a rule of its own',
  },
  filter: { requestMirror: LATER, extensionRef: LATER, externalAuth: LATER },
};

/** Values of Compose and the Gateway API that are refused with a reason, by the key they stand under. */
export const UNSUPPORTED_VALUES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  type: { RequestMirror: LATER, ExtensionRef: LATER, ExternalAuth: LATER },
  action: { 'sync+exec': 'use `sync+restart`' },
  pull_policy: { daily: 'write `missing` or `always`', weekly: 'write `missing` or `always`' },
};
