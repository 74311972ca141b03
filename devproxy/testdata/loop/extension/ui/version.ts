export const ui: string = "ui-0";
