package atoll.vmm;

import atoll.isa.Assembler;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Bare-metal guests as ELF files. */
final class Elf {
  /** What guests here begin with. */
  private static final String NAMES =
      """
      .equ FINISHER, 0x100000
      .equ UART, 0x10000000
      .equ RAM, 0x80000000
      """;

  private Elf() {}

  /** A file with one segment of assembled code at {@code address}, entered at its start. */
  static byte[] of(String source, long address) {
    byte[] code = Assembler.assemble(NAMES + source, address);
    ByteBuffer elf = ByteBuffer.allocate(0x1000 + code.length).order(ByteOrder.LITTLE_ENDIAN);
    elf.putInt(0, 0x464c457f).put(4, (byte) 2).put(5, (byte) 1).put(6, (byte) 1);
    elf.putShort(16, (short) 2).putShort(18, (short) 243).putInt(20, 1);
    elf.putLong(24, address).putLong(32, 64);
    elf.putShort(52, (short) 64).putShort(54, (short) 56).putShort(56, (short) 1);
    elf.putInt(64, 1).putInt(68, 7).putLong(72, 0x1000);
    elf.putLong(80, address).putLong(88, address);
    elf.putLong(96, code.length).putLong(104, code.length + 0x100);
    return elf.put(0x1000, code).array();
  }
}
