package atoll.testkit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** A guest of {@code guests/} as the bytes that lie in memory from its load address on. */
public final class GuestProgram {
  private static final int PT_LOAD = 1;

  private GuestProgram() {}

  /** The repository: the directory that holds {@code guests}, looked for upwards from here. */
  public static Path repository() {
    for (Path p = Path.of("").toAbsolutePath(); p != null; p = p.getParent()) {
      if (Files.isDirectory(p.resolve("guests")) && Files.isRegularFile(p.resolve("pom.xml"))) {
        return p;
      }
    }
    throw new IllegalStateException("not inside the repository: " + Path.of("").toAbsolutePath());
  }

  /** The committed ELF file of a guest. */
  public static Path elf(String name) {
    return repository().resolve("guests").resolve(name).resolve(name + ".elf");
  }

  /** The loadable segments of a guest, laid out from the start of RAM on. */
  public static byte[] flat(String name) throws IOException {
    ByteBuffer elf = ByteBuffer.wrap(Files.readAllBytes(elf(name))).order(ByteOrder.LITTLE_ENDIAN);
    long headers = elf.getLong(32);
    int size = elf.getShort(54);
    int count = elf.getShort(56);
    byte[] image = new byte[0];
    for (int i = 0; i < count; i++) {
      int at = (int) headers + i * size;
      if (elf.getInt(at) == PT_LOAD) {
        int offset = (int) (elf.getLong(at + 24) - BareBoard.RAM);
        int length = (int) elf.getLong(at + 32);
        image = java.util.Arrays.copyOf(image, Math.max(image.length, offset + length));
        elf.get((int) elf.getLong(at + 8), image, offset, length);
      }
    }
    return image;
  }
}
