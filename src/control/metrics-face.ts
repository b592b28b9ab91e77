/** `/metrics` at the registry's port, where Prometheus asks for it. Shows what `msvc metrics` prints; owns nothing. */
import type { GatewayStats } from '../gateway/protocol.ts';
import type { View } from '../model/view.ts';
import { type FaceHandler, notAllowed } from '../registry/http/face.ts';
import { METRICS_TYPE, metricsText } from './metrics.ts';

export function metricsFace(stats: () => Promise<GatewayStats>, view: () => View): FaceHandler {
  return async ({ method, segments: [first, ...rest] }) => {
    if (first !== 'metrics' || rest.length > 0) return null;
    if (method !== 'GET' && method !== 'HEAD') return notAllowed(method, 'GET, HEAD');
    return { status: 200, type: METRICS_TYPE, body: metricsText(await stats(), view()) };
  };
}
