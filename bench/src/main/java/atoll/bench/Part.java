package atoll.bench;

/** The parts that can be compared. Each is a separate boot on either machine. */
enum Part {
  /** From the start of the process to user space, and off again. */
  BOOT("boot"),
  /** The workloads of gbench, one after another. */
  WORK("gbench"),
  /** The same work by one process and by two, on two harts. */
  HARTS("harts"),
  /** A program compiled by Debian's gcc, two jobs at a time. */
  BUILD("build"),
  /** Programs of Debian, one after another, each with work whose result is compared. */
  PROGRAMS("programs");

  /** Reads a device's register; {@link #MMIO_LOOP} reads memory in the same loop. */
  static final String MMIO = "mmio";

  static final String MMIO_LOOP = "mmio_loop";

  /** One busy process. */
  static final String BUSY_ONE = "busy1";

  /** Two of them at once. */
  static final String BUSY_TWO = "busy2";

  /** What {@code --only} and the messages call it. */
  final String key;

  Part(String key) {
    this.key = key;
  }
}
