package atoll.backend;

import java.util.Objects;

/**
 * Why standard output takes no more.
 *
 * @param readerGone whether whoever read it has gone, and not a disk is full
 * @param reason what the host says
 */
public record OutputLoss(boolean readerGone, String reason) {
  public OutputLoss {
    Objects.requireNonNull(reason, "reason");
  }
}
