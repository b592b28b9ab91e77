/** What the gateway decides by itself (it passes an instance over, a circuit opens), as events. Pure. */
import type { GatewayNews } from '../gateway/protocol.ts';
import type { NewEvent } from '../model/event.ts';
import type { InstanceId, ServiceName } from '../model/names.ts';

export function newsEvent(news: GatewayNews): NewEvent {
  if (news.type === 'breaker.opened' || news.type === 'breaker.closed') {
    return { ...news, callee: news.callee as ServiceName };
  }
  return { ...news, instance: news.instance as InstanceId, service: news.service as ServiceName };
}
