/**
 * nginx, HAProxy and Caddy: one worker, keep-alive on both sides, bodies passed on without files between, no access log.
 * Nothing of what msvc does besides (ids, traces, histograms) is asked of them.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type ProxyKind, programPath, type Setup } from './proxy.ts';

function missing(name: string): () => string | undefined {
  return () => (programPath(name) === undefined ? `${name} is not installed` : undefined);
}

function write(setup: Setup, name: string, text: string): string {
  const file = path.join(setup.dir, name);
  writeFileSync(file, text);
  return file;
}

export const nginx: ProxyKind = {
  name: 'nginx',
  missing: missing('nginx'),
  command: (_work, setup) => {
    const servers = setup.origins.map((port) => `server 127.0.0.1:${port};`).join(' ');
    const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${setup.dir}/${name};`)
      .join(' ');
    const map = setup.upgrades ? `map $http_upgrade $upgrade { default upgrade; '' ''; }` : '';
    const connection = setup.upgrades
      ? 'proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $upgrade;'
      : 'proxy_set_header Connection "";';
    const file = write(
      setup,
      'nginx.conf',
      `daemon off; master_process off; worker_processes 1; worker_rlimit_nofile 16384; pid ${setup.dir}/nginx.pid;
error_log stderr crit;
events { worker_connections 8192; }
http {
  ${temp}
  ${map}
  access_log off; keepalive_requests 100000000; client_max_body_size 0;
  upstream origin { ${servers} keepalive ${Math.max(256, 4 * setup.origins.length)}; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${setup.port} backlog=511;
    location / {
      proxy_pass http://origin; proxy_http_version 1.1; ${connection}
      proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr;
      proxy_request_buffering off; proxy_max_temp_file_size 0;
    }
  }
}
`,
    );
    return [programPath('nginx')!, '-p', setup.dir, '-e', 'stderr', '-c', file];
  },
};

export const haproxy: ProxyKind = {
  name: 'HAProxy',
  missing: missing('haproxy'),
  command: (_work, setup) => {
    const servers = setup.origins.map((port, index) => `  server s${index} 127.0.0.1:${port}`).join('\n');
    const file = write(
      setup,
      'haproxy.cfg',
      `global
  nbthread 1
  maxconn 8192
defaults
  mode http
  timeout connect 5s
  timeout client 300s
  timeout server 300s
  option forwardfor
  http-reuse always
frontend in
  bind 127.0.0.1:${setup.port} backlog 511
  default_backend origin
backend origin
  balance random
${servers}
`,
    );
    return [programPath('haproxy')!, '-db', '-f', file];
  },
};

export const caddy: ProxyKind = {
  name: 'Caddy',
  missing: missing('caddy'),
  command: (_work, setup) => {
    const file = write(
      setup,
      'Caddyfile',
      `{
  admin off
  auto_https off
}
http://127.0.0.1:${setup.port}, http://localhost:${setup.port} {
  reverse_proxy ${setup.origins.map((port) => `127.0.0.1:${port}`).join(' ')} {
    transport http {
      keepalive_idle_conns_per_host 256
    }
  }
}
`,
    );
    return [programPath('caddy')!, 'run', '--config', file, '--adapter', 'caddyfile'];
  },
};
