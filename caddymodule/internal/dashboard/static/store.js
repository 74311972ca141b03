// Holds what devproxy has told, as much as it keeps itself.

const most = { requests: 500, executes: 500, lines: 10_000, runs: 100 };

export const store = { status: null, access: { actions: [] }, config: [], runs: [], requests: [], executes: [], lines: [] };

/** Takes an event in, and names what changed. */
export function take(name, value) {
  switch (name) {
    case "all":
      Object.assign(store, value);
      return "all";
    case "status":
      store.status = value;
      return "status";
    case "run":
      replace(store.runs, value);
      return "runs";
    case "request":
      add(value.execute ? "executes" : "requests", value);
      return "requests";
    case "line":
      add("lines", value);
      return "lines";
  }
  return "";
}

// What was told with everything may be told again.
function add(name, value) {
  const list = store[name];
  if (list.length && list.at(-1).n >= value.n) return;
  list.push(value);
  if (list.length > most[name] * 1.1) list.splice(0, list.length - most[name]);
}

function replace(list, run) {
  const index = list.findIndex(({ n }) => n === run.n);
  if (index >= 0) list[index] = run;
  else list.push(run);
  if (list.length > most.runs) list.shift();
}
