/**
 * Words of Compose (and of later versions) that msvc does not take, by the kind of map they stand in, each with what to
 * do instead. Refused by name: nothing a person writes is ignored in silence. Data only.
 */
const CONTAINERS = 'it is for containers, which come with a later version; take it out';
const LATER = 'it comes with a later version; take it out for now';

const SERVICE: Readonly<Record<string, string>> = {
  image: 'containers come with a later version; give the service a `command`',
  build: 'containers come with a later version; build in `pre_start` and give the service a `command`',
  entrypoint: 'write the whole of what runs in `command`',
  ports: 'say `port: 3000` for a fixed port, `route: /path` to reach it through the gateway',
  expose: 'services reach each other by `calls`',
  links: 'use `calls`',
  external_links: 'use `calls`',
  scale: 'use `replicas`',
  extends: 'use an anchor and `<<: *name`, or `include`',
  labels: 'keep notes of your own under an `x-...` key',
  annotations: 'keep notes of your own under an `x-...` key',
  networks: 'all services are on the loopback network; declare who calls whom with `calls`',
  network_mode: 'all services are on the loopback network; declare who calls whom with `calls`',
  volumes: 'a process sees the files of this machine; for data use `database`',
  volumes_from: 'a process sees the files of this machine; for data use `database`',
  tmpfs: 'a process sees the files of this machine',
  configs: 'a process reads its files where they are',
  container_name: 'a service goes by its key',
  hostname: 'a service goes by its key',
  post_start: LATER,
  pre_stop: LATER,
  provider: LATER,
  models: LATER,
  stdin_open: LATER,
  tty: LATER,
  attach: LATER,
  publishes: LATER,
  subscribes: LATER,
  faults: LATER,
  protocol: LATER,
  label_file: 'keep notes of your own under an `x-...` key',
  ...Object.fromEntries(
    (
      'user group_add privileged cap_add cap_drop cgroup cgroup_parent cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period ' +
      'cpu_rt_runtime cpu_shares cpus cpuset mem_limit mem_reservation mem_swappiness memswap_limit blkio_config ' +
      'credential_spec device_cgroup_rules devices dns dns_opt dns_search domainname extra_hosts gpus init ipc isolation ' +
      'mac_address oom_kill_disable oom_score_adj pid pids_limit platform pull_policy pull_refresh_after read_only runtime ' +
      'security_opt shm_size storage_opt sysctls ulimits userns_mode uts use_api_socket'
    )
      .split(' ')
      .map((key) => [key, CONTAINERS]),
  ),
};

export const UNSUPPORTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  file: {
    volumes: 'a process sees the files of this machine; for data use `database` of a service',
    networks: 'all services are on the loopback network; declare who calls whom with `calls`',
    configs: 'a process reads its files where they are',
    models: LATER,
    faults: LATER,
  },
  service: SERVICE,
  deploy: {
    mode: 'use `replicas`',
    restart_policy: 'use `restart` of the service',
    update_config: 'msvc always starts the new version first where the port allows',
    rollback_config: 'the old version keeps serving when a new one does not become ready',
    labels: 'keep notes of your own under an `x-...` key',
    resources: CONTAINERS,
    placement: 'everything runs on this machine',
    endpoint_mode: 'the gateway balances; see `gateway.balancer`',
  },
  watch: { target: CONTAINERS, exec: LATER, initial_sync: CONTAINERS },
  'secret grant': {
    uid: 'the file belongs to the user that runs msvc',
    gid: 'the file belongs to the user that runs msvc',
    mode: 'only the user that runs msvc can read the file',
  },
  secret: {
    external: 'give a `file` or the name of an `environment` variable',
    name: 'a secret goes by its key',
    labels: 'keep notes of your own under an `x-...` key',
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
  action: { sync: CONTAINERS, 'sync+restart': CONTAINERS, 'sync+exec': CONTAINERS },
  type: { RequestMirror: LATER, ExtensionRef: LATER, ExternalAuth: LATER },
};
