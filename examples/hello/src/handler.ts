// The server half of the extension. It runs in the runner's sandbox, once per
// request, and reaches the outside only through what it imports here.

import { logInfo } from "alga:extension/logging";
import type { ExecuteRequest, ExecuteResponse, HttpRequest } from "alga:extension/types";
import { forgetAll, remember } from "./guestbook";
import { failure, json, readJson } from "./http";

const LONGEST_NAME = 80;

export function handler({ http }: ExecuteRequest): ExecuteResponse {
  const [path] = http.url.split("?");
  switch (`${http.method} ${path}`) {
    case "POST /greet":
      return greet(http);
    case "DELETE /greetings":
      return forget();
    default:
      return failure(404, "not_found", `this extension has no ${http.method} ${path}`);
  }
}

function greet(request: HttpRequest): ExecuteResponse {
  const name = String(readJson(request)?.name ?? "").trim();
  if (name === "") return failure(400, "name_missing", "say who is to be greeted");
  if ([...name].length > LONGEST_NAME) {
    return failure(400, "name_too_long", `a name may have ${LONGEST_NAME} characters at most`);
  }
  const { count, recent } = remember(name);
  logInfo(`greeting number ${count}`);
  return json(200, { greeting: `Hello, ${name}!`, count, recent });
}

function forget(): ExecuteResponse {
  forgetAll();
  return json(200, { count: 0, recent: [] });
}
