package atoll.device;

import atoll.state.StateShape;
import java.util.Arrays;
import java.util.List;

/**
 * Where an APLIC's messages for machine level and for supervisor level go, as software of the
 * former has set it (RISC-V AIA 1.0, §4.5.3, §4.5.4, §4.9.1). Thread-safe: the domain of the latter
 * asks as well.
 */
public final class AplicMessages {
  private static final int REGISTERS = 4;
  private static final int MACHINE = 0;
  private static final int MACHINE_HIGH = 1;
  private static final int SUPERVISOR = 2;
  private static final int SUPERVISOR_HIGH = 3;

  /** Nothing can be written any more. */
  private static final int LOCK = 0x8000_0000;

  // What can be written: LHXS, HHXS, HHXW, LHXW and the base's upper bits.
  private static final int[] WRITABLE = {-1, LOCK | 0x1f77_ffff, -1, 0x0070_0fff};

  private final int[] registers = new int[REGISTERS];

  /** Makes them; nothing is set. */
  public AplicMessages() {}

  /**
   * Registers that are set once and for all: a page a hart from {@code base} on.
   *
   * @param base of supervisor level's interrupt files
   * @param harts how many there are
   */
  public static AplicMessages fixed(long base, int harts) {
    AplicMessages all = new AplicMessages();
    int width = Integer.SIZE - Integer.numberOfLeadingZeros(harts - 1);
    all.registers[MACHINE_HIGH] = LOCK | width << 12;
    all.registers[SUPERVISOR] = (int) (base >>> 12);
    all.registers[SUPERVISOR_HIGH] = (int) (base >>> 44);
    return all;
  }

  synchronized int read(int register) {
    return registers[register];
  }

  synchronized void write(int register, int value) {
    if ((registers[MACHINE_HIGH] & LOCK) == 0) {
      registers[register] = value & WRITABLE[register];
    }
  }

  /** The address of machine level's interrupt file of a hart. */
  public synchronized long machine(int hart) {
    return address(hart, registers[MACHINE], registers[MACHINE_HIGH]);
  }

  /** The address of supervisor level's interrupt file of a hart. */
  public synchronized long supervisor(int hart) {
    return address(hart, registers[SUPERVISOR], registers[SUPERVISOR_HIGH]);
  }

  private long address(int hart, int low, int high) {
    int shared = registers[MACHINE_HIGH];
    int lowWidth = shared >>> 12 & 0xf;
    int highWidth = shared >>> 16 & 7;
    int highShift = shared >>> 24 & 0x1f;
    long group = hart >>> lowWidth & (1L << highWidth) - 1;
    long member = hart & (1L << lowWidth) - 1;
    long page = Integer.toUnsignedLong(low) | (high & 0xfffL) << Integer.SIZE;
    return (page | group << highShift + 12 | member << (high >>> 20 & 7)) << 12;
  }

  synchronized List<Long> state() {
    return Arrays.stream(registers).mapToObj(Long::valueOf).toList();
  }

  synchronized void restore(List<Long> state) {
    StateShape.requireCount("registers for messages", state.size(), REGISTERS);
    for (int n = 0; n < REGISTERS; n++) {
      registers[n] = state.get(n).intValue() & WRITABLE[n];
    }
  }
}
