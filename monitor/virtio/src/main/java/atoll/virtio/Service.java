package atoll.virtio;

import java.util.Objects;

/**
 * A device that another machine, a driver VM, serves: what its client sees, and which part of what
 * the server owns it is.
 *
 * @param kind of device
 * @param readOnly whether the client may not change what is behind it; of disks
 * @param unit which of the server's devices of that kind it is on, from 0
 * @param offset bytes before its part of the server's disk, whole sectors
 * @param bytes of its part, whole sectors; 0 for the rest of the disk, which the server knows
 */
public record Service(Kind kind, boolean readOnly, int unit, long offset, long bytes) {
  /** Bytes of memory that a client and its server share. */
  public static final long MEMORY = 2 << 20;

  private static final int SECTOR = 512;

  /** What kinds of devices are served, and what they have of section 5 of the specification. */
  public enum Kind {
    /** §5.2: its requests have a header and a status byte. */
    BLOCK(2, 1, 60, 256),
    /** §5.4. */
    ENTROPY(4, 1, 0, 64),
    /** §5.1: one pair of queues, whose requests are frames. */
    NETWORK(1, 2, 12, 64),
    /** §5.3: one port. */
    CONSOLE(3, 2, 12, 32);

    final int id;
    final int queues;
    final int configSize;
    final int queueSize;

    Kind(int id, int queues, int configSize, int queueSize) {
      this.id = id;
      this.queues = queues;
      this.configSize = configSize;
      this.queueSize = queueSize;
    }

    /**
     * Whether requests on a queue wait for something to come from outside, perhaps for ever, and
     * are not work that the server has to do.
     */
    boolean standing(int queue) {
      return queues == 2 && queue == 0;
    }
  }

  public Service {
    Objects.requireNonNull(kind, "kind");
    if (unit < 0 || offset < 0 || bytes < 0 || (offset | bytes) % SECTOR != 0) {
      throw new IllegalArgumentException(
          "a service of %d bytes from %d on of device %d; expected whole sectors of %d bytes"
              .formatted(bytes, offset, unit, SECTOR));
    }
  }
}
