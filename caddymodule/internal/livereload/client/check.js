// Who has the stream may be another extension's page, which need not pass
// anything on, or may lead others astray. So a page that has neighbours asks
// for itself as well, now and then: they can delay news, and withhold it only by
// taking all of the browser's connections, of which HTTP/2 has no few.

const CHECK_MS = 15000;

async function check() {
  if (document.hidden || !siblings().length) return;
  try {
    const answer = await fetch(endpoint("state"), { cache: "no-store", signal: AbortSignal.timeout(CHECK_MS) });
    if (answer.ok) update(await answer.json());
    else if (answer.status === 403) renew();
  } catch {
    // the stream tells that devproxy does not answer
  }
}

setInterval(check, CHECK_MS);
