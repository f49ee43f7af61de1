/** An error answer of the API: `code` is one of the codes its documentation lists (EN/30851 and the action's own). @internal */
export class ApiError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "ApiError";
    this.code = code;
  }
}

/** A wrong option, dialect, fault, state or admin request, which the caller can correct. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}
