package atoll.manager;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.tukaani.xz.XZInputStream;

/** A Linux kernel module and what it says of itself in its {@code .modinfo} section. */
final class KernelModule {
  /** Bytes that a module may unpack to; the largest have a few million. */
  private static final long MOST = 64 << 20;

  private final String name;
  private final byte[] image;
  private final byte[] compressed;
  private final List<String> needs = new ArrayList<>();
  private final List<String> aliases = new ArrayList<>();

  private KernelModule(String name, byte[] image, byte[] compressed) throws IOException {
    this.name = name;
    this.image = image;
    this.compressed = compressed;
    for (String entry : modinfo(name, image).split("\0", -1)) {
      note(entry, entry.substring(entry.indexOf('=') + 1));
    }
  }

  /** Reads a {@code .ko} or {@code .ko.xz} file. */
  static KernelModule read(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    if (!file.toString().endsWith(".xz")) {
      return new KernelModule(nameOf(file), bytes, null);
    }
    try (InputStream in =
        new BoundedStream(
            new XZInputStream(new ByteArrayInputStream(bytes), DebArchive.XZ_MEMORY), MOST)) {
      return new KernelModule(nameOf(file), in.readAllBytes(), bytes);
    }
  }

  private void note(String entry, String value) {
    if (entry.startsWith("depends=") && !value.isEmpty()) {
      Arrays.stream(value.split(",", -1)).map(KernelModule::canonical).forEach(needs::add);
    } else if (entry.startsWith("softdep=pre: ")) {
      Arrays.stream(value.substring("pre: ".length()).split(" ", -1))
          .map(KernelModule::canonical)
          .forEach(needs::add);
    } else if (entry.startsWith("alias=")) {
      aliases.add(value);
    }
  }

  /** As in {@code /proc/modules}, with underscores. */
  String name() {
    return name;
  }

  /** The name of the file that {@link #content} goes to. */
  String fileName() {
    return name + (compressed == null ? ".ko" : ".ko.xz");
  }

  /** As it was read: compressed or not. */
  byte[] content() {
    return compressed == null ? image : compressed;
  }

  /** The same module without compression. */
  KernelModule unpacked() throws IOException {
    return new KernelModule(name, image, null);
  }

  /** Names of modules that must be there before, hard dependencies and soft ones. */
  List<String> needs() {
    return needs;
  }

  /** Patterns by which the kernel asks for it. */
  List<String> aliases() {
    return aliases;
  }

  /** A module's name after its file's. */
  static String nameOf(Path file) {
    return canonical(file.getFileName().toString().replaceFirst("\\.ko(\\.xz)?$", ""));
  }

  private static String canonical(String name) {
    return name.replace('-', '_');
  }

  /** The section's text, found by the section header table of the ELF64 file. */
  private static String modinfo(String name, byte[] image) throws IOException {
    try {
      ByteBuffer elf = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
      int table = (int) elf.getLong(0x28);
      int entrySize = elf.getShort(0x3a);
      int entries = elf.getShort(0x3c);
      int names = (int) elf.getLong(table + elf.getShort(0x3e) * entrySize + 0x18);
      byte[] wanted = ".modinfo\0".getBytes(StandardCharsets.US_ASCII);
      for (int i = 0; i < entries; i++) {
        int header = table + i * entrySize;
        int at = names + elf.getInt(header);
        int offset = (int) elf.getLong(header + 0x18);
        int size = (int) elf.getLong(header + 0x20);
        if (Arrays.equals(image, at, at + wanted.length, wanted, 0, wanted.length)) {
          return new String(image, offset, size, StandardCharsets.UTF_8);
        }
      }
      return "";
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new IOException("kernel module " + name + " is no proper ELF file", e);
    }
  }
}
