/** The container engine: asked only when the project has containers, or when one shows itself. */
import { MsvcError } from '../../model/error.ts';
import type { Project, ServiceSpec } from '../../model/project.ts';
import type { BridgeReport, EngineReport } from '../../runtime/drivers/container/report.ts';
import { loadProjectFor } from '../project.ts';
import { list } from '../wording/lists.ts';
import { type Check, type Finding, ok, problem, warning } from './check.ts';

/** Where an engine's own ranges lie, but for one that was told otherwise. */
const USUAL_RANGES = '172.16.0.0/12';

export const containerEngine: Check = {
  name: 'containers',
  async run(context) {
    const project = await loadProjectFor(context).catch(() => null);
    const users = usersOf(project);
    const { reportEngineOf } = await import('../../runtime/drivers/container/index.ts');
    try {
      return findingsOf(await reportEngineOf(context.env), users);
    } catch (error) {
      if (!(error instanceof MsvcError)) throw error;
      if (users.length === 0) return ok('no engine; no service here needs one');
      const names = list(users.map(({ name }) => name));
      return problem(`${error.message}; ${names} ${users.length === 1 ? 'needs' : 'need'} it`, error.hint ?? null);
    }
  },
};

function usersOf(project: Project | null): ServiceSpec[] {
  return Object.values(project?.services ?? {}).filter(({ run }) => run.kind === 'container');
}

/** @param users services that are containers */
export function findingsOf(report: EngineReport, users: readonly ServiceSpec[]): Finding[] {
  const { engine, version, system, placement, bridge, isRootless, limitsMemory } = report;
  const where = isRootless ? ', rootless' : placement === 'vm' ? ', in a VM' : '';
  const findings = [ok(`Docker ${version} at ${engine} (${system}${where})`)];
  if (bridge) findings.push(...bridgeFindings(bridge, users.length > 0));
  else findings.push(vmFinding(isRootless, users));
  const limited = users.filter(({ run }) => run.kind === 'container' && run.limits.memoryBytes !== undefined);
  if (!limitsMemory && limited.length > 0) {
    findings.push(
      warning(
        `the engine cannot limit memory: that of ${list(limited.map(({ name }) => name))} is not held to`,
        'boot with `cgroup_enable=memory` in the kernel command line',
      ),
    );
  }
  return findings;
}

function bridgeFindings({ address, isHere, range, firewall }: BridgeReport, isUsed: boolean): Finding[] {
  if (range === null) {
    return [
      problem('the engine has no range of addresses left for a network', '`docker network prune` removes unused ones'),
    ];
  }
  if (!isHere) {
    return [
      warning(
        `the engine's bridge (${address}) is none of this machine: containers call it as host.docker.internal, and are reached by ports on 127.0.0.1`,
        'run msvc where the engine runs, or the engine with a bridge of this machine, to see which container calls',
      ),
    ];
  }
  if (!firewall) {
    return [
      ok(`containers call this machine at the bridge of their network (${address} is one); the next one: ${range}`),
    ];
  }
  const open =
    firewall.name === 'ufw'
      ? `\`sudo ufw allow from ${rangesAround(range)}\``
      : `\`sudo iptables -I INPUT -s ${rangesAround(range)} -j ACCEPT\``;
  const detail = firewall.isCertain
    ? `${firewall.name} drops what containers call on this machine (${range}): their \`calls\` to processes, and the gateway, do not come through`
    : `${firewall.name} is on, and may drop what containers call on this machine (${range})`;
  return [firewall.isCertain && isUsed ? problem(detail, open) : warning(detail, open)];
}

/** Each project has a range of its own: what lets in all of them. */
function rangesAround(range: string): string {
  return /^172\.(1[6-9]|2\d|3[01])\./.test(range) ? USUAL_RANGES : range;
}

function vmFinding(isRootless: boolean, users: readonly ServiceSpec[]): Finding {
  const how = 'containers call this machine as host.docker.internal, and are reached by ports on 127.0.0.1';
  const callers = users.filter(({ calls }) => calls.length > 0).map(({ name }) => name);
  if (!isRootless || callers.length === 0) return ok(how);
  return warning(
    `${how}; a rootless engine keeps its containers from that unless told otherwise, and ${list(callers)} ${callers.length === 1 ? 'calls' : 'call'}`,
    'set DOCKERD_ROOTLESS_ROOTLESSKIT_DISABLE_HOST_LOOPBACK=false for the engine (`systemctl --user edit docker`)',
  );
}
