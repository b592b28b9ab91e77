/**
 * The faults in force: those asked for by commands and those of msvc.yaml. Owns the list, the timers that end them, and
 * tells gateway and event log of every change. Nothing outlives the engine.
 */
import type { Gateway } from '../gateway/gateway.ts';
import { MsvcError } from '../model/error.ts';
import type { NewEvent } from '../model/event.ts';
import {
  CLIENT,
  edgeLabel,
  type Fault,
  type FaultEffects,
  type FaultEnd,
  type FaultTarget,
  meets,
  wrongEffect,
} from '../model/fault.ts';
import { LONGEST_MS } from '../model/longest-time.ts';
import type { Project } from '../model/project.ts';

export interface NewFault extends FaultTarget, FaultEffects {
  /** 0 = until cleared. */
  readonly forMs: number;
}

/** Which ones to clear; all of them when nothing is named. */
export interface FaultSelector {
  readonly id?: string | undefined;
  readonly edge?: FaultTarget | undefined;
}

export class Faults {
  #faults: readonly Fault[] = [];
  #next = 1;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #parts: { readonly gateway: Gateway; readonly emit: (event: NewEvent) => number };

  constructor(parts: { readonly gateway: Gateway; readonly emit: (event: NewEvent) => number }) {
    this.#parts = parts;
  }

  get list(): readonly Fault[] {
    return this.#faults;
  }

  /**
   * @param project what is running: a fault on an edge that is not there would do nothing, quietly
   * @param accepted called once nothing is wrong with it; its cause
   * @throws MsvcError MSVC_FAULT_INVALID, MSVC_UNKNOWN_EDGE
   */
  add({ forMs, ...wanted }: NewFault, project: Project | null, accepted: () => number): Fault {
    const wrong = wrongEffect(wanted);
    if (wrong) throw invalid(wrong);
    if (!(forMs >= 0 && forMs <= LONGEST_MS)) throw invalid({ field: 'forMs', least: 1, most: LONGEST_MS });
    checkEdge(wanted, project);
    const cause = accepted();
    const addedAt = Date.now();
    const endsAt = forMs > 0 ? addedAt + forMs : null;
    const fault: Fault = { id: `f${this.#next++}`, origin: 'command', ...wanted, addedAt, endsAt };
    this.#put(fault, cause);
    if (forMs > 0)
      this.#timers.set(
        fault.id,
        setTimeout(() => this.#end(fault, 'expired'), forMs),
      );
    return fault;
  }

  /** @param accepted as with `add` @throws MsvcError MSVC_UNKNOWN_FAULT when something was named that is not there */
  clear({ id, edge }: FaultSelector, accepted: () => number): readonly Fault[] {
    const chosen = this.#faults.filter(
      (fault) => (id === undefined || fault.id === id) && (edge === undefined || meets(edge, fault)),
    );
    const named = id ?? (edge && edgeLabel(edge));
    if (chosen.length === 0 && named !== undefined) {
      throw new MsvcError('MSVC_UNKNOWN_FAULT', `no fault ${named}`, {
        facts: { fault: named, known: this.#faults.map((fault) => fault.id) },
      });
    }
    const cause = accepted();
    for (const fault of chosen) this.#end(fault, 'cleared', cause);
    return chosen;
  }

  /** Takes over the faults of the definition; those of commands stay while their edge does. */
  follow(project: Project, cause: number): void {
    const written = writtenFaults(project);
    for (const fault of this.#faults) {
      const there = fault.origin === 'file' ? written.some((other) => same(other, fault)) : edgeExists(fault, project);
      if (!there) this.#end(fault, 'definition', cause);
    }
    for (const fault of written) if (!this.#faults.some((other) => same(other, fault))) this.#put(fault, cause);
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #put(fault: Fault, cause: number | undefined): void {
    this.#faults = [...this.#faults, fault];
    this.#parts.gateway.setFaults(this.#faults);
    this.#parts.emit({ type: 'fault.added', fault, cause });
  }

  #end(fault: Fault, reason: FaultEnd, cause?: number): void {
    clearTimeout(this.#timers.get(fault.id));
    this.#timers.delete(fault.id);
    this.#faults = this.#faults.filter((other) => other !== fault);
    this.#parts.gateway.setFaults(this.#faults);
    this.#parts.emit({ type: 'fault.ended', fault, reason, cause });
  }
}

/** Those of msvc.yaml: below `traffic` whoever calls, below `calls` on the one edge. */
function writtenFaults({ services }: Project): Fault[] {
  return Object.values(services).flatMap(({ name, traffic, callPolicies = {} }) => [
    ...(traffic?.fault ? [writtenFault({ caller: '*', callee: name }, traffic.fault)] : []),
    ...Object.entries(callPolicies).flatMap(([callee, { fault }]) =>
      fault ? [writtenFault({ caller: name, callee }, fault)] : [],
    ),
  ]);
}

function writtenFault(edge: FaultTarget, effects: FaultEffects): Fault {
  return { ...edge, ...effects, id: edgeLabel(edge), origin: 'file', addedAt: Date.now(), endsAt: null };
}

/** Whether they differ in nothing but the moment they were added. */
function same(a: Fault, b: Fault): boolean {
  return JSON.stringify({ ...a, addedAt: 0 }) === JSON.stringify({ ...b, addedAt: 0 });
}

function edgeExists(target: FaultTarget, project: Project): boolean {
  return edgesOf(project).some((edge) => meets(target, edge));
}

/** Every way that a request can go. */
function edgesOf({ services }: Project): FaultTarget[] {
  return Object.values(services).flatMap(({ name, calls, port }) => [
    ...calls.map((callee) => ({ caller: name, callee })),
    ...(port.kind === 'none' ? [] : [{ caller: CLIENT, callee: name }]),
  ]);
}

function checkEdge(target: FaultTarget, project: Project | null): void {
  if (project === null || edgeExists(target, project)) return;
  const edges = edgesOf(project).map(edgeLabel);
  throw new MsvcError('MSVC_UNKNOWN_EDGE', `no request goes ${edgeLabel(target)}`, {
    facts: { edge: edgeLabel(target), caller: target.caller, callee: target.callee, known: edges },
  });
}

function invalid({ field, least, most }: { field: string; least: number; most: number }): MsvcError {
  return new MsvcError('MSVC_FAULT_INVALID', `a fault's ${field} is out of bounds`, { facts: { field, least, most } });
}
