// What the page does: asks the handler, and shows its answer.
"use strict";

const button = document.getElementById("ask");
const answer = document.getElementById("answer");

button.addEventListener("click", async () => {
  button.disabled = true;
  try {
    const { greeting } = await host.call("POST", "/greet", { name: "world" });
    show("ok", greeting);
  } catch (cause) {
    show("error", [cause.error, cause.status, cause.message].filter(Boolean).join(" · "));
  } finally {
    button.disabled = false;
  }
});

function show(state, text) {
  answer.dataset.state = state;
  answer.textContent = text;
}
