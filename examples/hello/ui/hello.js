// What the page does: greets, and shows the handler's answer.
"use strict";

const byId = (id) => document.getElementById(id);

byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  ask("POST", "/greet", { name: byId("name").value });
});
byId("forget").addEventListener("click", () => ask("DELETE", "/greetings"));

async function ask(method, route, value) {
  setBusy(true);
  const began = performance.now();
  try {
    const answer = await host.call(method, route, value);
    showAnswer(answer, Math.round(performance.now() - began));
  } catch (cause) {
    showError(cause);
  } finally {
    setBusy(false);
  }
}

function showAnswer({ greeting, count, recent }, elapsed) {
  byId("answer").dataset.state = greeting ? "ok" : "empty";
  byId("greeting").textContent = greeting ?? "All guests are forgotten.";
  byId("facts").textContent = `${greetings(count)}, answered by the handler in ${elapsed} ms`;
  byId("guests").hidden = recent.length === 0;
  byId("recent").replaceChildren(...recent.map((name) => {
    const item = document.createElement("li");
    item.textContent = name;
    return item;
  }));
}

function showError({ error, status, message }) {
  byId("answer").dataset.state = "error";
  byId("greeting").textContent = "The handler did not answer.";
  byId("facts").textContent = [error, status, message].filter(Boolean).join(" · ");
}

function setBusy(busy) {
  byId("greet").disabled = busy;
  byId("forget").disabled = busy;
}

function greetings(count) {
  return count === 1 ? "1 greeting so far" : `${count} greetings so far`;
}
