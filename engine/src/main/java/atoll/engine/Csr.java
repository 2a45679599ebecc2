package atoll.engine;

import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * One control and status register of a hart. Who may access it, and whether it can be written,
 * follow from its number (priv §2.1); {@code guard} adds what depends on other registers.
 */
class Csr {
  private final int number;
  private final LongSupplier reader;
  private final LongConsumer writer;
  private final BooleanSupplier guard;
  private final boolean context;

  /**
   * Describes a register.
   *
   * @param guard whether an access is legal now, beyond what the number says
   * @param context whether a write can change translation, privilege, or what is enabled
   */
  Csr(
      int number,
      LongSupplier reader,
      LongConsumer writer,
      BooleanSupplier guard,
      boolean context) {
    this.number = number;
    this.reader = reader;
    this.writer = writer;
    this.guard = guard;
    this.context = context;
  }

  boolean accessible(int privilege, boolean write) {
    boolean readOnly = number >>> 10 == 3;
    return privilege >= (number >>> 8 & 3) && !(write && readOnly) && guard.getAsBoolean();
  }

  boolean changesContext() {
    return context;
  }

  long read() {
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
  void modify(long value, long touched) {
    write(value);
  }
}
