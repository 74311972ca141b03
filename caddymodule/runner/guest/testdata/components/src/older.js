import { getContext } from 'alga:extension/context';
import { logInfo } from 'alga:extension/logging';
import { get } from 'alga:extension/storage';

export function handler(request) {
  logInfo('older component');
  const answer = { context: getContext(), request };
  try {
    answer.entry = new TextDecoder().decode(get('notes', 'first').value);
  } catch (thrown) {
    answer.error = thrown.payload;
  }
  return { status: 201, headers: [], body: new TextEncoder().encode(JSON.stringify(answer)) };
}
