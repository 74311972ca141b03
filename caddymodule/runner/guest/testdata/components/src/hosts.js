// Calls every function that the host offers and answers with what came back.
import * as clients from 'alga:extension/clients';
import * as context from 'alga:extension/context';
import * as http from 'alga:extension/http';
import * as invoicing from 'alga:extension/invoicing';
import * as logging from 'alga:extension/logging';
import * as scheduler from 'alga:extension/scheduler';
import * as secrets from 'alga:extension/secrets';
import * as services from 'alga:extension/services';
import * as storage from 'alga:extension/storage';
import * as uiProxy from 'alga:extension/ui-proxy';
import * as user from 'alga:extension/user';
import * as userV2 from 'alga:extension/user-v2';

const bytes = (text) => new TextEncoder().encode(text);

const calls = {
  'context#get-context': () => context.getContext(),
  'secrets#get': () => secrets.get('api_key'),
  'secrets#list-keys': () => secrets.listKeys(),
  'http#fetch': () => http.fetch({
    method: 'POST',
    url: 'https://api.example.com/items?q=ü',
    headers: [{ name: 'accept', value: 'application/json' }],
    body: bytes('{"a":1}'),
  }),
  'storage#get': () => storage.get('notes', 'first'),
  'storage#put': () => storage.put({
    namespace: 'notes', key: 'first', value: bytes('héllo'), revision: 9007199254740993n,
  }),
  'storage#delete': () => storage.delete('notes', 'first'),
  'storage#list-entries': () => storage.listEntries('notes', 'page-2'),
  'logging#log-info': () => logging.logInfo('an info line'),
  'logging#log-warn': () => logging.logWarn('a warning'),
  'logging#log-error': () => logging.logError('an error, ünïcode'),
  'ui-proxy#call-route': () => uiProxy.callRoute('/tickets', bytes('{"open":true}')),
  'user#get-user': () => user.getUser(),
  'user-v2#get-user': () => userV2.getUser(),
  'scheduler#list-schedules': () => scheduler.listSchedules(),
  'scheduler#get-schedule': () => scheduler.getSchedule('schedule-1'),
  'scheduler#create-schedule': () => scheduler.createSchedule({
    endpoint: '/nightly', cron: '0 3 * * *', timezone: 'Europe/Vienna', enabled: true,
  }),
  'scheduler#update-schedule': () => scheduler.updateSchedule('schedule-1', { enabled: false, name: 'later' }),
  'scheduler#delete-schedule': () => scheduler.deleteSchedule('schedule-1'),
  'scheduler#get-endpoints': () => scheduler.getEndpoints(),
  'invoicing#create-manual-invoice': () => invoicing.createManualInvoice({
    clientId: 'client-1',
    items: [{ serviceId: 'service-1', quantity: 1.5, description: 'work', rate: 100.25 }],
    dueDate: '2030-01-31',
  }),
  'clients#list-clients': () => clients.listClients({ search: 'acme', page: 2 }),
  'clients#get-client': () => clients.getClient('client-1'),
  'services#list-services': () => services.listServices({ pageSize: 5 }),
  'services#get-service': () => services.getService('service-1'),
};

// A request for `/storage/get` calls that one function, any other all of them.
export function handler(request) {
  const wanted = request.http.url.split('?')[0].slice(1).replace('/', '#');
  const names = wanted in calls ? [wanted] : Object.keys(calls);
  const results = Object.fromEntries(names.map((name) => [name, outcome(calls[name])]));
  return {
    status: 200,
    headers: [{ name: 'content-type', value: 'application/json' }, { name: 'x-ext-calls', value: String(names.length) }],
    body: bytes(JSON.stringify({ request: plain(request), results })),
  };
}

function outcome(call) {
  try {
    return { ok: plain(call()) ?? null };
  } catch (thrown) {
    if (thrown && thrown.payload !== undefined) return { error: plain(thrown.payload) };
    return { thrown: String(thrown) };
  }
}

// JSON has no bytes and no 64-bit integers: show text and decimal strings.
function plain(value) {
  if (typeof value === 'bigint') return value.toString();
  if (ArrayBuffer.isView(value)) return new TextDecoder().decode(value);
  if (Array.isArray(value)) return value.map(plain);
  if (value && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, plain(field)]));
  }
  return value;
}
