import { logDebug } from 'alga:extension/logging@1.2.0';
import { get, versionOf } from 'alga:extension/secrets@1.2.0';

export function handler(request) {
  const answer = { region: request.context.region ?? null, deadline: request.deadlineMs ?? null, key: get('api_key') };
  if (request.http.url === '/unknown') {
    logDebug('about to ask for a version', 3);
    answer.version = versionOf('api_key');
  }
  return { status: 200, headers: [], body: new TextEncoder().encode(JSON.stringify(answer)) };
}
