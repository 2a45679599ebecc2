package atoll.engine;

/**
 * What a hart has of an incoming MSI controller (IMSIC) for one privilege level: the registers and
 * the identities that its CSRs reach (RISC-V AIA 1.0, §3.8 to §3.10). Thread-safe.
 */
public interface InterruptFile {
  /** A register by its number in {@code miselect} or {@code siselect}, 0x70 to 0xff. */
  long read(int register);

  /** Writes a register by its number; what is not legal is left out. */
  void write(int register, long value);

  /** The identity that is served first, or 0. */
  int top();

  /** Makes an identity not pending; 0 is none. */
  void claim(int identity);
}
