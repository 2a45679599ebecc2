package atoll.device;

import atoll.state.Unsaved;

/**
 * One guest access to the memory-mapped I/O bus, in a frame that its owner uses again and again.
 *
 * <p>Each vCPU keeps one; not thread-safe.
 */
@Unsaved("of the exit that is being served")
public final class MmioAccess {
  private final Excursion excursion;
  private long gpa;
  private int size;
  private boolean write;
  private long value;

  /** The region that the last access hit; guests poll one device for long stretches. */
  MmioBus.Region last = MmioBus.Region.NONE;

  /** One of a thread that serves no vCPU. */
  public MmioAccess() {
    this(Excursion.NOBODYS);
  }

  /** One of a vCPU, whose way this is to devices that are not Atoll's. */
  public MmioAccess(Excursion excursion) {
    this.excursion = excursion;
  }

  Excursion excursion() {
    return excursion;
  }

  /** Makes this a read of {@code size} (1, 2, 4 or 8) bytes at {@code gpa}. */
  public MmioAccess read(long gpa, int size) {
    this.gpa = gpa;
    this.size = size;
    write = false;
    value = 0;
    return this;
  }

  /** Makes this a write of the low {@code size} (1, 2, 4 or 8) bytes of {@code value}. */
  public MmioAccess write(long gpa, int size, long value) {
    this.gpa = gpa;
    this.size = size;
    write = true;
    this.value = value;
    return this;
  }

  /** Guest-physical address of the first byte. */
  public long gpa() {
    return gpa;
  }

  /** Bytes: 1, 2, 4 or 8. */
  public int size() {
    return size;
  }

  /** Whether this is a write. */
  public boolean isWrite() {
    return write;
  }

  /** What a read found, zero-extended, or what a write carries. */
  public long value() {
    return value;
  }

  void found(long v) {
    value = v;
  }
}
