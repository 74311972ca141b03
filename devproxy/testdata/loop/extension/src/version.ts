export const handlerVersion: string = "handler-0";
