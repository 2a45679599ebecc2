package atoll.image;

import atoll.host.HostException;
import atoll.vmm.Image;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A user's files for a guest's initial RAM disk, as an archive of their own: the kernel unpacks one
 * archive after another, and what comes later wins.
 */
public final class ExtraFiles {
  /** Bytes of files that an archive can have in all: it is made in one piece. */
  public static final long MOST = 1L << 30;

  private static final int PERMISSIONS = 0777;

  private ExtraFiles() {}

  /**
   * An archive of files that belong to root and have the host's permissions.
   *
   * @param files host files by their absolute path in the guest
   * @param initrd what the archive comes after
   * @throws RefusedException if there cannot be a file at one of the paths
   */
  public static Image archive(Map<String, Path> files, Path initrd) {
    InitrdTree tree = InitrdTree.of(initrd);
    Map<String, Path> placed = new LinkedHashMap<>();
    files.forEach((path, file) -> placed.put(tree.place(path), file));
    return Image.bytes("the files for the guest", pack(placed));
  }

  /**
   * Looks whether there can be files at these paths.
   *
   * @param initrd what they come after
   * @throws RefusedException if there cannot
   */
  public static void requirePlaces(Collection<String> paths, Path initrd) {
    InitrdTree tree = InitrdTree.of(initrd);
    paths.forEach(tree::place);
  }

  /** The archive's bytes. */
  static byte[] pack(Map<String, Path> files) {
    requireRoom(files);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (CpioWriter archive = new CpioWriter(bytes)) {
      for (Map.Entry<String, Path> file : files.entrySet()) {
        add(file.getKey().substring(1), file.getValue(), archive);
      }
    } catch (IOException e) {
      throw new RefusedException("files for the guest cannot be packed: " + e.getMessage(), e);
    }
    return bytes.toByteArray();
  }

  private static void add(String path, Path file, CpioWriter archive) throws IOException {
    byte[] content;
    int permissions;
    try {
      content = Files.readAllBytes(file);
      permissions = permissions(file);
    } catch (IOException e) {
      throw new RefusedException(
          "%s, which is to be /%s in the guest, cannot be read: %s"
              .formatted(file, path, HostException.reason(e)),
          e);
    }
    archive.file(path, permissions, content);
  }

  /** What the host permits with a file, which the guest then does. */
  public static int permissions(Path file) throws IOException {
    try {
      return (int) Files.getAttribute(file, "unix:mode") & PERMISSIONS;
    } catch (UnsupportedOperationException e) {
      return Files.isExecutable(file) ? 0755 : 0644;
    }
  }

  private static void requireRoom(Map<String, Path> files) {
    long bytes = files.values().stream().mapToLong(file -> file.toFile().length()).sum();
    if (bytes > MOST) {
      throw new RefusedException(
          "the files for the guest have %s, expected at most %s; put them on a disk"
              .formatted(ByteSize.rounded(bytes), ByteSize.rounded(MOST)));
    }
  }
}
