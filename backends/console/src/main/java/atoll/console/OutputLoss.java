package atoll.console;

import java.util.Objects;

/**
 * Why standard output takes no more.
 *
 * @param readerGone whether its reader has gone; otherwise a disk is full
 * @param reason what the host says
 */
public record OutputLoss(boolean readerGone, String reason) {
  public OutputLoss {
    Objects.requireNonNull(reason, "reason");
  }
}
