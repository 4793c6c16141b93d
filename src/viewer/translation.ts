/**
 * What the viewer needs of a translator. JupyterLab's `TranslationBundle` fits as it is; outside of
 * Jupyter the viewer speaks English. Variables of this type are called `trans`, and messages are
 * literals, because the tools that collect messages look for exactly that.
 */
export interface ITranslation {
  /** Translate `message`; `%1`, `%2`, … are replaced by the arguments. */
  __(message: string, ...args: (string | number)[]): string;
  /** Translate with a plural: `count` chooses the form and is `%1`. */
  _n(
    singular: string,
    plural: string,
    count: number,
    ...args: (string | number)[]
  ): string;
}

/** `message` with `%1`, `%2`, … replaced; a number without an argument stays as it is. */
function fill(message: string, args: readonly (string | number)[]): string {
  return message.replace(/%(\d+)/g, (found, digits: string) => {
    const value = args[Number(digits) - 1];
    return value === undefined ? found : String(value);
  });
}

/** No translation. */
export const ENGLISH: ITranslation = {
  __: (message, ...args) => fill(message, args),
  _n: (singular, plural, count, ...args) =>
    fill(count === 1 ? singular : plural, [count, ...args])
};
