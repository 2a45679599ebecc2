package atoll.nbd;

import java.io.IOException;

/**
 * There is no connection to the server, and none could be made: a request was perhaps not done.
 * What was written before is not lost by that ({@link UnflushedWrites}).
 */
public final class UnreachableException extends IOException {
  private static final long serialVersionUID = 1;

  UnreachableException(String message, Throwable cause) {
    super(message, cause);
  }
}
