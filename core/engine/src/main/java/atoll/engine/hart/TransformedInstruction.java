package atoll.engine.hart;

import atoll.isa.Decoder;
import atoll.isa.Format;
import atoll.isa.Instruction;

/**
 * What a hypervisor is told of the load or store that has met a guest-page fault, so that it need
 * not fetch it (priv §18.6.3): the instruction without its offset, and in place of {@code rs1} how
 * far behind its own address the faulting one is.
 */
final class TransformedInstruction {
  private static final int RS1 = 31 << 15;
  private static final int LOAD_OFFSET = 0xfff << 20;
  private static final int STORE_OFFSET = 0x7f << 25 | 31 << 7;

  private TransformedInstruction() {}

  /**
   * The transformed instruction.
   *
   * @param bits the instruction; compressed if its lowest two are not both set
   * @param address where it has met the fault
   * @param x its registers
   * @return 0 where the specification knows none
   */
  static long of(int bits, long address, long[] x) {
    boolean compressed = (bits & 3) != 3;
    int word = compressed ? Decoder.expand(bits & 0xffff) : bits;
    Instruction instruction = Instruction.of(Decoder.op(word));
    if (!instruction.is(Instruction.LOAD) && !instruction.is(Instruction.STORE)) {
      return 0;
    }
    long own = x[word >>> 15 & 31] + Decoder.imm(instruction.op(), word);
    int offset = (int) (address - own) & 31;
    int kept = word & ~RS1 & ~immediate(instruction.format());
    int transformed = kept | offset << 15;
    return (compressed ? transformed & ~2 : transformed) & 0xffff_ffffL;
  }

  private static int immediate(Format format) {
    return switch (format) {
      case LOAD -> LOAD_OFFSET;
      case STORE -> STORE_OFFSET;
      default -> 0;
    };
  }
}
