package atoll.isa;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** GNU objdump where it is installed: a second opinion about instructions. */
final class Objdump {
  private static final List<String> NAMES =
      List.of("riscv64-unknown-elf-objdump", "riscv64-linux-gnu-objdump");

  /** The machine's extensions; names that an older objdump does not know do no harm. */
  private static final String ARCHITECTURE =
      "rv64i2p1_m2p0_a2p1_f2p2_d2p2_c2p0_zicsr2p0_zifencei2p0_zihintpause2p0_zicond1p0_zawrs1p0"
          + "_zicbom1p0_zicboz1p0_zicbop1p0_zimop1p0_zfa1p0_zfhmin1p0_zba1p0_zbb1p0_zbs1p0_zbc1p0"
          + "_zbkb1p0_zca1p0_zcd1p0_zcb1p0_zcmop1p0_svinval1p0";

  private static final int TEXT = 64;

  private final Path program;

  private Objdump(Path program) {
    this.program = program;
  }

  /** The first one on the path. */
  static Optional<Objdump> find() {
    List<String> folders =
        Arrays.asList(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1));
    return NAMES.stream()
        .flatMap(name -> folders.stream().map(folder -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst()
        .map(Objdump::new);
  }

  /**
   * What it prints for each instruction of {@code code}, by address from 0 on.
   *
   * @param option of {@code -M}
   */
  Map<Long, String> disassemble(byte[] code, String option) throws IOException {
    Path file = Files.createTempFile("atoll", ".o");
    try {
      Files.write(file, elf(code));
      Process process =
          new ProcessBuilder(program.toString(), "-d", "-z", "-M", option, file.toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      try (BufferedReader reader = process.inputReader()) {
        return parse(reader);
      }
    } finally {
      Files.delete(file);
    }
  }

  /** Lines look like {@code 4: 00b50533 add a0,a0,a1}. */
  private static Map<Long, String> parse(BufferedReader reader) throws IOException {
    Map<Long, String> texts = new HashMap<>();
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      String[] columns = line.split("\t", -1);
      if (columns.length >= 3 && columns[0].endsWith(":")) {
        long address = Long.parseLong(columns[0].strip().replace(":", ""), 16);
        texts.put(address, String.join(" ", Arrays.asList(columns).subList(2, columns.length)));
      }
    }
    return texts;
  }

  /** A relocatable file with the code, and an attribute that names the extensions. */
  private static byte[] elf(byte[] code) throws IOException {
    byte[] attributes = attributes();
    byte[] names = "\0.text\0.riscv.attributes\0.shstrtab\0".getBytes(StandardCharsets.US_ASCII);
    int attributesAt = TEXT + code.length;
    int namesAt = attributesAt + attributes.length;
    int sectionsAt = namesAt + names.length;
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(header(sectionsAt));
    out.write(code);
    out.write(attributes);
    out.write(names);
    out.write(section(0, 0, 0, 0, 0));
    out.write(section(1, 1, 6, TEXT, code.length));
    out.write(section(7, 0x70000003, 0, attributesAt, attributes.length));
    out.write(section(25, 3, 0, namesAt, names.length));
    return out.toByteArray();
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] header(int sectionsAt) {
    return buffer(TEXT)
        .put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0})
        .putShort((short) 1)
        .putShort((short) 243)
        .putInt(1)
        .putLong(0)
        .putLong(0)
        .putLong(sectionsAt)
        .putInt(5)
        .putShort((short) TEXT)
        .putShort((short) 0)
        .putShort((short) 0)
        .putShort((short) 64)
        .putShort((short) 4)
        .putShort((short) 3)
        .array();
  }

  private static byte[] section(int name, int type, long flags, long offset, long size) {
    return buffer(64)
        .putInt(name)
        .putInt(type)
        .putLong(flags)
        .putLong(0)
        .putLong(offset)
        .putLong(size)
        .putLong(0)
        .putLong(type == 1 ? 2 : 1)
        .putLong(0)
        .array();
  }

  /**
   * RISC-V ELF specification, "Attributes": vendor riscv, file scope, tag 5 is the architecture.
   */
  private static byte[] attributes() {
    byte[] text = (ARCHITECTURE + "\0").getBytes(StandardCharsets.US_ASCII);
    int file = 5 + 1 + text.length;
    int vendor = 4 + 6 + file;
    return buffer(1 + vendor)
        .put((byte) 'A')
        .putInt(vendor)
        .put("riscv\0".getBytes(StandardCharsets.US_ASCII))
        .put((byte) 1)
        .putInt(file)
        .put((byte) 5)
        .put(text)
        .array();
  }
}
