export type SeriesErrorCode =
  /** The variable of this name, or of one of its chunks' names, is something else. */
  | "ERR_SERIES_NAME_TAKEN"
  /** The series has other columns. */
  | "ERR_SERIES_COLUMNS";

/** A series could not be opened. What the shelf refuses is a `ShelfError`. */
export class SeriesError extends Error {
  override readonly name = "SeriesError";
  readonly code: SeriesErrorCode;
  /** The series' name. */
  readonly series: string;

  constructor(code: SeriesErrorCode, series: string, message: string) {
    super(`Series ${JSON.stringify(series)}: ${message}`);
    this.code = code;
    this.series = series;
  }
}
