package atoll.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Makes ELF files that have a {@code .modinfo} section and nothing else. */
final class ModuleBuilder {
  private static final int HEADER = 64;

  private ModuleBuilder() {}

  /** A module with those {@code key=value} entries. */
  static byte[] module(String... entries) {
    byte[] info = (String.join("\0", entries) + "\0").getBytes(StandardCharsets.UTF_8);
    byte[] names = "\0.modinfo\0.shstrtab\0".getBytes(StandardCharsets.US_ASCII);
    int table = HEADER + info.length + names.length;
    ByteBuffer elf = ByteBuffer.allocate(table + 3 * 64).order(ByteOrder.LITTLE_ENDIAN);
    elf.putInt(0, 0x464c457f);
    elf.putLong(0x28, table);
    elf.putShort(0x3a, (short) 64);
    elf.putShort(0x3c, (short) 3);
    elf.putShort(0x3e, (short) 2);
    elf.put(HEADER, info).put(HEADER + info.length, names);
    section(elf, table + 64, 1, HEADER, info.length);
    section(elf, table + 128, 10, HEADER + info.length, names.length);
    return elf.array();
  }

  private static void section(ByteBuffer elf, int at, int name, int offset, int size) {
    elf.putInt(at, name);
    elf.putLong(at + 0x18, offset);
    elf.putLong(at + 0x20, size);
  }
}
