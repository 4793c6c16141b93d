/** Describes a command that takes no arguments, as JSON schema. */
export const NO_ARGUMENTS = {
  args: { type: 'object', properties: {} }
};
