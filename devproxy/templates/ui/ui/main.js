// What the page does.
"use strict";

const button = document.getElementById("count");
let clicks = 0;
button.addEventListener("click", () => {
  clicks++;
  button.textContent = clicks === 1 ? "Clicked once" : `Clicked ${clicks} times`;
});
