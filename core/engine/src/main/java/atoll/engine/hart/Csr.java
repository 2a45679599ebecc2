package atoll.engine.hart;

import atoll.engine.Privilege;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * One control and status register of a hart. Its number decides which modes may access it, and
 * whether it can be written (priv §2.1); {@code guard} adds what depends on other registers.
 */
public class Csr {
  /** As an access needs it, the level of HS mode, between S's and M's (priv §18.1). */
  private static final int HYPERVISOR = 2;

  /** Decides about an access beyond what the register's number says. */
  @FunctionalInterface
  interface Guard {
    /**
     * What it is; for the virtual modes {@link Permission#ILLEGAL} only where HS mode itself would
     * not be allowed.
     */
    Permission check();
  }

  private final int number;
  private final LongSupplier reader;
  private final LongConsumer writer;
  private final Guard guard;
  private final boolean context;

  /**
   * Describes a register.
   *
   * @param guard whether an access is legal now, beyond what the number says
   * @param context whether a write can change translation, privilege, or what is enabled
   */
  Csr(int number, LongSupplier reader, LongConsumer writer, Guard guard, boolean context) {
    this.number = number;
    this.reader = reader;
    this.writer = writer;
    this.guard = guard;
    this.context = context;
  }

  /**
   * What an access by an instruction leads to. In a virtual mode it is a virtual instruction where
   * HS mode would have been allowed to do the same (priv §18.6.1).
   */
  public Permission access(SoftHart hart, boolean write) {
    boolean readOnly = number >>> 10 == 3;
    if (write && readOnly) {
      return Permission.ILLEGAL;
    }
    int lowest = number >>> 8 & 3;
    Permission guarded = guard.check();
    if (!hart.virtual) {
      int level = hart.privilege == Privilege.SUPERVISOR ? HYPERVISOR : hart.privilege;
      return level < lowest ? Permission.ILLEGAL : guarded;
    }
    if (lowest == Privilege.MACHINE || guarded == Permission.ILLEGAL) {
      return Permission.ILLEGAL;
    }
    return hart.privilege < lowest ? Permission.VIRTUAL : guarded;
  }

  public boolean changesContext() {
    return context;
  }

  public long read() {
    return reader.getAsLong();
  }

  void write(long value) {
    writer.accept(value);
  }

  /**
   * Writes on behalf of an instruction that only sets or clears bits.
   *
   * @param value all bits as they shall be
   * @param touched the bits that the instruction names; matters where others drive bits as well
   */
  public void modify(long value, long touched) {
    write(value);
  }
}
