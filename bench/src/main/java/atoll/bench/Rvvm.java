package atoll.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * RVVM as a peer. It starts firmware and has no option for an initial RAM disk: that is put behind
 * the kernel's image, and RVVM's own device tree is written to a file and told where it is.
 *
 * @param firmware that jumps to 0x8020_0000 in S mode, such as OpenSBI's {@code fw_jump.bin}
 * @param folder for what is made
 */
record Rvvm(Path binary, Path firmware, Path folder) {
  /** OpenSBI for it, as Debian's package {@code opensbi} has it. */
  static final String FIRMWARE = "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.bin";

  private static final long KERNEL = 0x8020_0000L;

  /**
   * Between the kernel and the next multiple of this is the place to which OpenSBI moves the tree.
   */
  private static final int ALIGNED = 64 << 20;

  /** Where a kernel's image says how much memory it takes, and what it says where it is one. */
  private static final int IMAGE_SIZE = 16;

  private static final String CHOSEN = "/chosen";
  private static final String ISA = "riscv,isa";

  private static final int MAGIC_AT = 56;
  private static final int MAGIC = 0x0543_5352;

  /**
   * Ends the machine at once: {@code lui a0, 0x100; lui a1, 5; addi a1, a1, 0x555; sh a1, (a0)}.
   */
  private static final int[] POWER_OFF = {
    0x0010_0537, 0x0000_55b7, 0x5555_8593, 0x00b5_1023, 0x0000_006f
  };

  private static final Pattern VERSION = Pattern.compile("\\((v[^)]+)\\)");

  /** What it says of itself. */
  String version() throws IOException {
    Matcher version = VERSION.matcher(Subprocess.output(binary, "-h"));
    if (!version.find()) {
      throw new IOException("--rvvm " + binary + ": expected an executable file of RVVM");
    }
    return "RVVM " + version.group(1);
  }

  /** It as a machine. */
  Machine machine(String name) {
    return new Machine(name, this::command);
  }

  private List<String> command(Machine.Guest guest) {
    try {
      byte[] kernel = Files.readAllBytes(guest.kernel());
      byte[] initrd = Files.readAllBytes(guest.initrd());
      long at = behind(kernel, guest.kernel());
      Path payload = folder.resolve("rvvm-kernel");
      ByteArrayOutputStream both = new ByteArrayOutputStream();
      both.writeBytes(kernel);
      both.writeBytes(new byte[Math.toIntExact(at - kernel.length)]);
      both.writeBytes(initrd);
      Files.write(payload, both.toByteArray());
      Path tree = deviceTree(guest, KERNEL + at, initrd.length);
      List<String> words = new ArrayList<>(start(firmware, guest));
      words.addAll(List.of("-k", payload.toString(), "-dtb", tree.toString()));
      return words;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> start(Path code, Machine.Guest guest) {
    return List.of(
        binary.toString(),
        code.toString(),
        "-m",
        guest.memoryMib() + "M",
        "-smp",
        Integer.toString(guest.harts()),
        "-nogui",
        "-nonet");
  }

  /** The offset of the first place that neither the kernel nor the firmware uses. */
  private static long behind(byte[] kernel, Path file) throws IOException {
    ByteBuffer image = ByteBuffer.wrap(kernel).order(ByteOrder.LITTLE_ENDIAN);
    if (kernel.length < MAGIC_AT + 4 || image.getInt(MAGIC_AT) != MAGIC) {
      throw new IOException(file + ": expected a kernel's image of RISC-V, which RVVM can start");
    }
    return Math.max(image.getLong(IMAGE_SIZE), kernel.length) + ALIGNED - 1 & -ALIGNED;
  }

  private Path deviceTree(Machine.Guest guest, long initrd, int bytes) throws IOException {
    Path off = folder.resolve("rvvm-off");
    ByteBuffer code = ByteBuffer.allocate(4 * POWER_OFF.length).order(ByteOrder.LITTLE_ENDIAN);
    code.asIntBuffer().put(POWER_OFF);
    Files.write(off, code.array());
    Path tree = folder.resolve("rvvm.dtb");
    List<String> words = new ArrayList<>(start(off, guest));
    words.addAll(List.of("-serial", "null", "-dumpdtb", tree.toString()));
    Subprocess.output(words.toArray());
    set(tree, CHOSEN, "s", "bootargs", guest.append());
    set(tree, CHOSEN, "x", "linux,initrd-start", cells(initrd));
    set(tree, CHOSEN, "x", "linux,initrd-end", cells(initrd + bytes));
    for (int hart = 0; hart < guest.harts(); hart++) {
      hideEntropy(tree, "/cpus/cpu@" + Integer.toHexString(hart));
    }
    return tree;
  }

  /**
   * RVVM says that there is Zkr, so Linux reads {@code seed}; that is not open to S mode here, and
   * Linux ends by an illegal instruction.
   */
  private static void hideEntropy(Path tree, String cpu) throws IOException {
    String isa = Subprocess.output("fdtget", tree, cpu, ISA).strip();
    set(tree, cpu, "s", ISA, isa.replace("_zkr", ""));
  }

  private static String[] cells(long value) {
    return new String[] {Long.toHexString(value >>> 32), Long.toHexString(value & 0xffff_ffffL)};
  }

  private static void set(Path tree, String node, String type, String name, String... values)
      throws IOException {
    List<Object> words = new ArrayList<>(List.of("fdtput", "-t", type, tree, node, name));
    words.addAll(List.of(values));
    try {
      Subprocess.output(words.toArray());
    } catch (IOException e) {
      throw new IOException(e.getMessage() + "; --rvvm needs Debian's device-tree-compiler", e);
    }
  }
}
