package atoll.vmm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A bare-metal guest written instruction by instruction, and the ELF file around it. */
final class Code {
  static final int ZERO = 0;
  static final int T0 = 5;
  static final int T1 = 6;
  static final int A0 = 10;
  static final int A1 = 11;
  static final int A2 = 12;
  static final int A6 = 16;
  static final int A7 = 17;

  private final ByteBuffer bytes = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);

  /** {@code rd = value}, in twelve instructions whatever the value. */
  Code li(int rd, long value) {
    addi(rd, ZERO, (int) (value >> 55));
    for (int shift = 44; shift >= 0; shift -= 11) {
      word(11 << 20 | rd << 15 | 1 << 12 | rd << 7 | 0x13); // slli rd, rd, 11
      addi(rd, rd, (int) (value >>> shift) & 0x7ff);
    }
    return this;
  }

  Code addi(int rd, int rs, int value) {
    return word(value << 20 | rs << 15 | rd << 7 | 0x13);
  }

  /** Stores the low word of {@code rs} at the address in {@code base}. */
  Code sw(int rs, int base) {
    return word(rs << 20 | base << 15 | 2 << 12 | 0x23);
  }

  Code sd(int rs, int base) {
    return word(rs << 20 | base << 15 | 3 << 12 | 0x23);
  }

  Code lw(int rd, int base) {
    return word(base << 15 | 2 << 12 | rd << 7 | 0x03);
  }

  Code ld(int rd, int base) {
    return word(base << 15 | 3 << 12 | rd << 7 | 0x03);
  }

  /** Writes a CSR from {@code rs}. */
  Code csrw(int csr, int rs) {
    return word(csr << 20 | rs << 15 | 1 << 12 | 0x73);
  }

  /** Reads a CSR. */
  Code csrr(int rd, int csr) {
    return word(csr << 20 | 2 << 12 | rd << 7 | 0x73);
  }

  Code ecall() {
    return word(0x73);
  }

  Code wfi() {
    return word(0x1050_0073);
  }

  /** Branches over {@code instructions} if {@code rs} is zero. */
  Code beqz(int rs, int instructions) {
    int offset = 4 * (instructions + 1);
    return word((offset >> 5 & 0x3f) << 25 | rs << 15 | (offset >> 1 & 0xf) << 8 | 0x63);
  }

  /** Loops for ever. */
  Code spin() {
    return word(0x6f);
  }

  /** An SBI call. */
  Code sbi(int extension, int function) {
    return li(A7, extension).li(A6, function).ecall();
  }

  /** Stores a word to an address. */
  Code store(long address, int value) {
    return li(T0, address).li(T1, value).sw(T1, T0);
  }

  Code word(int instruction) {
    bytes.putInt(instruction);
    return this;
  }

  /** The address behind what there is so far, if the code begins at {@code base}. */
  long end(long base) {
    return base + bytes.position();
  }

  byte[] raw() {
    byte[] code = new byte[bytes.position()];
    bytes.get(0, code);
    return code;
  }

  /** An ELF file with one segment at {@code address}, entered at its start. */
  byte[] elf(long address) {
    byte[] code = raw();
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
