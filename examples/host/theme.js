// Light, dark or as the system says; remembered, and passed to the extension.

const KEY = "devproxy.theme";
const CHOICES = ["light", "auto", "dark"];
const TOKENS = [
  "--page", "--surface", "--raised", "--text", "--muted", "--line",
  "--accent", "--on-accent", "--good", "--bad",
];
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

/**
 * Makes the radio buttons of form choose the theme.
 *
 * @param {HTMLFormElement} form  radio buttons named "theme" with the values light, auto, dark
 * @param {(theme: {mode: string, tokens: Record<string, string>}) => void} onChange
 */
export function chooseThemeWith(form, onChange) {
  form.elements.theme.value = savedChoice();
  const apply = () => {
    const choice = form.elements.theme.value;
    document.documentElement.dataset.theme = choice;
    localStorage.setItem(KEY, choice);
    onChange(currentTheme());
  };
  form.addEventListener("change", apply);
  systemIsDark.addEventListener("change", apply);
  apply();
}

/** @returns {{mode: "light"|"dark", tokens: Record<string, string>}} mode and colours in force */
export function currentTheme() {
  const choice = document.documentElement.dataset.theme;
  const mode = choice === "light" || choice === "dark" ? choice : systemIsDark.matches ? "dark" : "light";
  const style = getComputedStyle(document.documentElement);
  const tokens = Object.fromEntries(TOKENS.map((name) => [name, style.getPropertyValue(name).trim()]));
  return { mode, tokens };
}

function savedChoice() {
  const saved = localStorage.getItem(KEY);
  return CHOICES.includes(saved) ? saved : "auto";
}
