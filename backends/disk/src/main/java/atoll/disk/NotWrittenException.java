package atoll.disk;

import java.io.IOException;

/** Something could not be written, and is kept to be written later: nothing is lost yet. */
final class NotWrittenException extends IOException {
  private static final long serialVersionUID = 1;

  NotWrittenException(IOException cause) {
    super(cause.getMessage(), cause);
  }
}
