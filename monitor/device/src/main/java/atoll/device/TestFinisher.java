package atoll.device;

/**
 * SiFive's test finisher: one register by which a guest ends the machine.
 *
 * <p>The value written holds what to do in bits 15:0 and an exit code in bits 31:16. Linux's {@code
 * syscon-poweroff} and {@code syscon-reboot} are bound to it.
 */
public final class TestFinisher implements MmioDevice {
  /** Bytes of address range. */
  public static final long SIZE = 0x1000;

  /** Ends the machine with the code in bits 31:16. */
  public static final int FAIL = 0x3333;

  /** Ends the machine with code 0. */
  public static final int PASS = 0x5555;

  /** Restarts the machine. */
  public static final int RESET = 0x7777;

  private static final long FINISH = 0;

  private final Finisher finisher;

  public TestFinisher(Finisher finisher) {
    this.finisher = finisher;
  }

  @Override
  public String name() {
    return "finisher";
  }

  @Override
  public boolean decodes(long offset, int size, boolean write) {
    return offset == FINISH && (size == 2 || size == 4);
  }

  @Override
  public long read(long offset, int size) {
    return 0;
  }

  @Override
  public void write(long offset, int size, long value) {
    switch ((int) value & 0xffff) {
      case PASS -> finisher.poweroff(0);
      case FAIL -> finisher.poweroff(size == 2 ? 0 : (int) (value >>> 16) & 0xffff);
      case RESET -> finisher.reset();
      default -> {} // The register has no other meaning.
    }
  }
}
