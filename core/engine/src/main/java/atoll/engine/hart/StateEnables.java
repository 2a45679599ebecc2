package atoll.engine.hart;

import atoll.engine.Privilege;
import atoll.isa.CsrNumber;
import atoll.state.Unsaved;

/**
 * Smstateen and Ssstateen: which modes may reach state that a mode above does not know of. Of what
 * the registers can name this hart has the {@code envcfg} registers and the registers themselves,
 * and on a board with an IMSIC what belongs to that; there is nothing that {@code sstateen} could
 * keep from U mode.
 */
final class StateEnables {
  private static final int REGISTERS = 4;

  /** Access to {@code stopei}, {@code vstopei} and what they show of an interrupt file. */
  static final long IMSIC = 1L << 58;

  /** Access to what else the AIA adds. */
  static final long AIA = 1L << 59;

  /** Access to {@code siselect}, {@code sireg} and those of VS mode. */
  static final long INDIRECT = 1L << 60;

  /** Access to {@code henvcfg} and {@code senvcfg}. */
  private static final long ENVCFG = 1L << 62;

  /** Access to the register of the same number of the next lower mode. */
  private static final long SE = 1L << 63;

  private final SoftHart hart;
  private final CsrFile file;
  private final long[] machine = new long[REGISTERS];
  private final long[] hypervisor = new long[REGISTERS];

  /** Bits of the first of each that can be written. */
  @Unsaved("as the hart was made")
  private long first = ENVCFG | SE;

  StateEnables(SoftHart hart, CsrFile file) {
    this.hart = hart;
    this.file = file;
  }

  void reset() {
    for (int i = 0; i < REGISTERS; i++) {
      machine[i] = 0;
      hypervisor[i] = 0;
    }
  }

  /** Gives S mode everything. */
  void open() {
    for (int i = 0; i < REGISTERS; i++) {
      machine[i] = writable(i);
    }
  }

  private long writable(int register) {
    return register == 0 ? first : SE;
  }

  /** The hart has interrupt files. */
  void advancedInterrupts() {
    first |= IMSIC | AIA | INDIRECT;
  }

  /** Whether HS mode may access what has such a bit and is not VS mode's. */
  Permission supervisors(long bit) {
    return below(machine[0], bit);
  }

  void add() {
    for (int i = 0; i < REGISTERS; i++) {
      int n = i;
      file.plain(CsrNumber.MSTATEEN0 + n, () -> machine[n], v -> machine[n] = v & writable(n));
      file.guarded(
          CsrNumber.HSTATEEN0 + n,
          () -> hypervisor[n] & machine[n], // what M keeps to itself reads as zero
          v -> hypervisor[n] = v & writable(n),
          () -> below(machine[n], SE));
      file.guarded(CsrNumber.SSTATEEN0 + n, () -> 0, v -> {}, () -> check(n, SE));
    }
    file.guarded(
        CsrNumber.HENVCFG,
        () -> hart.hypervisor.environment(),
        v -> file.hypervisor().henvcfg(v),
        () -> below(machine[0], ENVCFG));
  }

  /** Whether a register is one of {@code hstateen}. */
  boolean isHypervisors(int number) {
    return number >= CsrNumber.HSTATEEN0 && number < CsrNumber.HSTATEEN0 + REGISTERS;
  }

  /** What one of {@code hstateen} keeps, whatever M lets be seen of it. */
  long kept(int number) {
    return hypervisor[number - CsrNumber.HSTATEEN0];
  }

  /** Whether {@code senvcfg} may be accessed. */
  Permission environment() {
    return check(0, ENVCFG);
  }

  private Permission below(long enables, long bit) {
    boolean allowed = hart.privilege == Privilege.MACHINE || (enables & bit) != 0;
    return allowed ? Permission.ALLOWED : Permission.ILLEGAL;
  }

  /** Whether the current mode may access what has such a bit. */
  Permission check(int register, long bit) {
    if (below(machine[register], bit) == Permission.ILLEGAL) {
      return Permission.ILLEGAL;
    }
    boolean allowed = !hart.virtual || (hypervisor[register] & bit) != 0;
    return allowed ? Permission.ALLOWED : Permission.VIRTUAL;
  }
}
