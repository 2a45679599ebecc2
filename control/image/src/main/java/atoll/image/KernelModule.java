package atoll.image;

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
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.tukaani.xz.XZInputStream;

/** A Linux kernel module and what it says of itself in its {@code .modinfo} section. */
final class KernelModule {
  /** Bytes that a module may unpack to; the largest have a few million. */
  private static final long MOST = 64 << 20;

  private static final String PACKED = ".xz";
  private static final Pattern FILE = Pattern.compile("(.+)\\.ko(\\.\\w+)?");
  private static final String BEFORE = "pre:";
  private static final String AFTER = "post:";

  private final String name;
  private final byte[] content;
  private final boolean packed;
  private final List<String> depends = new ArrayList<>();
  private final List<String> softDepends = new ArrayList<>();
  private final List<String> related = new ArrayList<>();
  private final List<String> aliases = new ArrayList<>();

  /**
   * @param image the module itself
   * @param packed the file that it was read from, if that was packed and it is to stay so; or null
   */
  private KernelModule(String name, byte[] image, byte[] packed) throws IOException {
    this.name = name;
    this.packed = packed != null;
    content = this.packed ? packed : image;
    for (String entry : modinfo(name, image).split("\0", -1)) {
      note(entry, entry.substring(entry.indexOf('=') + 1));
    }
    related.addAll(depends);
  }

  /**
   * Reads a {@code .ko} or {@code .ko.xz} file.
   *
   * @param unpacked whether its content is to be the module itself in any case
   * @throws RefusedException if it is packed in another way
   */
  static KernelModule read(Path file, boolean unpacked) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    if (file.toString().endsWith(".ko")) {
      return new KernelModule(nameOf(file), bytes, null);
    }
    if (!file.toString().endsWith(PACKED)) {
      throw new RefusedException(
          "kernel module %s is packed in a way that Atoll cannot undo, expected .ko or .ko.xz; choose another mirror with --mirror"
              .formatted(file.getFileName()));
    }
    try (InputStream in =
        new BoundedStream(
            new XZInputStream(new ByteArrayInputStream(bytes), DebArchive.XZ_MEMORY), MOST)) {
      return new KernelModule(nameOf(file), in.readAllBytes(), unpacked ? null : bytes);
    }
  }

  private void note(String entry, String value) {
    if (entry.startsWith("depends=")) {
      words(value, ",").forEach(depends::add);
    } else if (entry.startsWith("softdep=")) {
      noteSoft(value);
    } else if (entry.startsWith("alias=")) {
      aliases.add(value);
    }
  }

  /** {@code pre: a b post: c}, each part may be missing. */
  private void noteSoft(String value) {
    boolean before = false;
    for (String word : words(value, "\\s+").toList()) {
      if (word.equals(BEFORE) || word.equals(AFTER)) {
        before = word.equals(BEFORE);
      } else {
        related.add(word);
        if (before) {
          softDepends.add(word);
        }
      }
    }
  }

  private static Stream<String> words(String text, String separator) {
    return Arrays.stream(text.split(separator, -1))
        .filter(word -> !word.isEmpty())
        .map(KernelModule::canonical);
  }

  /** As in {@code /proc/modules}, with underscores. */
  String name() {
    return name;
  }

  /** The name of the file that {@link #content} goes to. */
  String fileName() {
    return name + (packed ? ".ko.xz" : ".ko");
  }

  /** The module, packed or not. */
  byte[] content() {
    return content;
  }

  /** Names of modules that must be there before. */
  List<String> depends() {
    return depends;
  }

  /** Names of modules, or aliases, that are inserted before if they are to be had. */
  List<String> softDepends() {
    return softDepends;
  }

  /** Names of all modules that it wants to have, before or after. */
  List<String> related() {
    return related;
  }

  /** Whether that is its name or an alias of it. */
  boolean answersTo(String wanted) {
    return name.equals(wanted)
        || aliases.stream().map(KernelModule::canonical).anyMatch(wanted::equals);
  }

  /** Patterns by which the kernel asks for it. */
  List<String> aliases() {
    return aliases;
  }

  /** Whether a file is a module, packed in whatever way. */
  static boolean isModule(Path file) {
    return FILE.matcher(file.getFileName().toString()).matches();
  }

  /** A module's name after its file's. */
  static String nameOf(Path file) {
    return canonical(FILE.matcher(file.getFileName().toString()).replaceFirst("$1"));
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
      throw new IOException("kernel module " + name + " is not a valid ELF file", e);
    }
  }
}
