package atoll.front;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The least that is a kernel: the header of a flat Linux image (Linux,
 * Documentation/arch/riscv/boot-image-header.rst), and code that writes a line and turns the
 * machine off.
 */
final class StandInKernel {
  private static final int SIZE = 4096;
  private static final long TEXT_OFFSET = 0x20_0000;
  private static final int VERSION = 2;
  private static final long MAGIC = 0x5643534952L; // "RISCV"
  private static final int MAGIC2 = 0x05435352; // "RSC\x05"

  private static final int[] CODE = {
    0x00100893, // li a7, 1: SBI's console_putchar
    0x02e00513, // li a0, '.'
    0x00000073, // ecall
    0x00a00513, // li a0, '\n'
    0x00000073, // ecall
    0x535258b7, // lui a7, 0x53525: SBI's system reset
    0x35488893, // addi a7, a7, 0x354
    0x00000813, // li a6, 0
    0x00000513, // li a0, 0: to turn it off
    0x00000593, // li a1, 0: for no reason
    0x00000073, // ecall
  };

  private StandInKernel() {}

  /** The file. */
  static byte[] bytes() {
    ByteBuffer image = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
    image.putInt(0x0400006f).putInt(0); // j behind the header, which has 64 bytes
    image.putLong(TEXT_OFFSET).putLong(SIZE).putLong(0);
    image.putInt(VERSION).putInt(0).putLong(0);
    image.putLong(MAGIC).putInt(MAGIC2).putInt(0);
    for (int instruction : CODE) {
      image.putInt(instruction);
    }
    return image.array();
  }
}
