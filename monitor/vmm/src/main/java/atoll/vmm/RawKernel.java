package atoll.vmm;

import atoll.isa.Decoder;
import atoll.isa.Op;
import java.lang.foreign.MemorySegment;

/**
 * A kernel without any header, as teaching kernels and boot loaders in supervisor mode come: code
 * from its first byte, built to run 2 MiB above the base of RAM.
 *
 * <p>Nothing says so but the code itself; so a file is only taken for one if it begins with a run
 * of legal instructions, and is not text or a program for another machine.
 */
final class RawKernel {
  private static final int INSTRUCTIONS = 8;
  private static final int LONGEST = 4 * INSTRUCTIONS;
  private static final int DOS_MAGIC = 0x5a4d; // "MZ": an EFI program, but not a RISC-V kernel

  private RawKernel() {}

  static boolean matches(MemorySegment bytes) {
    return bytes.byteSize() >= LONGEST
        && LittleEndian.u16(bytes, 0) != DOS_MAGIC
        && !ForeignImage.text(bytes)
        && code(bytes);
  }

  private static boolean code(MemorySegment bytes) {
    int at = 0;
    for (int i = 0; i < INSTRUCTIONS; i++) {
      int low = LittleEndian.u16(bytes, at);
      boolean compressed = (low & 3) != 3;
      int word = compressed ? Decoder.expand(low) : LittleEndian.i32(bytes, at);
      if (word == 0 || Decoder.op(word) == Op.ILLEGAL) {
        return false;
      }
      at += compressed ? 2 : 4;
    }
    return true;
  }
}
