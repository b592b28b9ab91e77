/** One line for each type of event. The type makes the table complete: a new event without a line does not compile. */
import type { EventType } from '../../src/model/event.ts';

export const EVENT_MEANINGS: Readonly<Record<EventType, string>> = {
  'engine.started': 'The engine of the project began. `swept`: processes of an earlier run that it ended.',
  'engine.stopping': 'The whole system is being stopped.',
  'engine.stopped': 'Every service has ended, and all that they said is in their logs. The engine ends next.',
  'engine.noticed': 'Something worth telling a person that changed no state.',
  'command.received': 'A person or a program asked for something. What follows has this as its root cause.',
  'project.applied': 'A definition was taken over. `steps`: what it changes, service by service.',

  'service.defined': 'A service is part of the project, or its definition changed.',
  'service.removed': 'A service is no longer part of the project and nothing of it runs.',
  'service.scaled': 'The number of replicas asked for changed.',
  'service.waiting': 'A service waits for others before it starts.',
  'service.blocked':
    'A service cannot start: what it waits for has failed, or its own preparation (`preparation.failed` comes before it then).',
  'service.started': 'A service is meant to run from now on.',
  'service.stopped': 'A service was stopped on request, or since the file has it no longer.',
  'service.held': '`msvc hold` or `msvc release`: whether msvc leaves it alone.',

  'hook.started': 'A `pre_start` command began.',
  'hook.exited': 'A `pre_start` command ended.',
  'migration.applied': 'A migration was applied to the database of the service.',
  'seed.applied': 'The seed was applied to a new database.',
  'image.pulling': 'The image of a service is being fetched; said at most twice a second.',
  'image.pulled': 'The image is there.',
  'image.building': 'The image of a service is being built. The output is in the log of the service.',
  'image.built': 'The image is built.',
  'files.synced': 'Changed files were copied into the running containers of a service.',
  'preparation.failed':
    'A hook, a migration or the seed failed, or a replica could get no port, so the service does not start.',

  'rollout.started': 'A new version of a service begins to replace the running one.',
  'rollout.finished': 'The new version serves, the previous one is gone.',
  'rollout.failed': 'The new version did not become ready. Where the previous one was serving, it goes on.',

  'instance.created': 'A replica slot got an occupant. Nothing runs yet.',
  'instance.moved': 'Another program took its automatic port between two launches: the next one has another port.',
  'instance.launched': 'Its process or container exists.',
  'instance.ready': 'Its probe passed: it takes requests from now on.',
  'instance.unhealthy': 'Its probe failed too often in a row: it takes no requests and is about to be restarted.',
  'instance.recovered': 'Its probe passes again.',
  'instance.paused': 'Its container was paused by somebody else: it takes no requests, and is not restarted for it.',
  'instance.resumed': 'Its container goes on.',
  'instance.probe-failed': 'One probe failed. It still takes requests.',
  'instance.exited': 'It ended.',
  'instance.backing-off': 'It is launched again after a delay.',
  'instance.stopping': 'It takes no new requests; it is asked to stop once those in flight are answered.',
  'instance.lingering': 'It has not stopped yet; who is still there.',
  'instance.forced': 'It was killed, because it did not stop in time or a person asked for it.',
  'instance.stopped': 'It ended on request, and nothing of it is left.',
  'instance.completed': 'A job ended with 0.',
  'instance.failed': 'It ended, or could not be launched, and is not launched again.',
  'instance.removed': 'The slot is empty.',

  'instance.ejected': 'It failed too many requests in a row: the gateway passes it over for `forMs`.',
  'instance.returned': 'The gateway sends it requests again.',
  'containers.lost': 'The engine that runs the containers cannot be reached; it is asked again with growing pauses.',
  'containers.restored': 'It can be reached again; the containers are looked at anew.',

  'registration.added':
    'An instance that msvc did not start was registered, by `msvc register` or through the Consul API. It takes no requests yet.',
  'registration.ready': 'It takes requests. With `replaces` the replicas of the service stand by meanwhile.',
  'registration.unready': 'It takes none: nothing listens there, or a check fails. Replicas take them again.',
  'registration.ended': 'It is gone from the registry.',

  'gateway.listening': 'The gateway takes requests.',
  'gateway.lost': 'The thread of the gateway died; another one is started at once.',
  'registry.listening': 'The HTTP port of the registry is open.',
  'registry.closed': 'The HTTP port of the registry is closed: the definition has none any more.',
  'edge.listening': 'The address through which `caller` reaches `callee` is open.',
  'edge.closed': 'That address is closed.',
  'breaker.opened':
    'Too many requests of an edge failed: the gateway answers for the callee for `openMs`. `caller` is `client` for the public port.',
  'breaker.closed': 'Requests of that edge go through again.',
  'fault.added': 'A fault is in force from now on.',
  'fault.ended': 'A fault is over.',
  'route.changed': 'The routes of the gateway were replaced.',
  'watch.changed': 'Watched files changed. `files`: the first of them, `count`: how many.',
  'lease.taken': 'A terminal holds the system: it is stopped when the last one goes.',
  'lease.ended': 'A terminal let go.',

  'stream.gap':
    'This reader was too slow and missed that many events; read the whole state again (`msvc ps --json`). Sent to it alone.',
};
