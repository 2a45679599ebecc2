package atoll.image;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.cpio.CpioArchiveEntry;
import org.apache.commons.compress.archivers.cpio.CpioArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * What is in an initial RAM disk, as far as it can be read here: archives one after the other, as
 * they are or packed with gzip or xz. What is behind something else is not known, and nothing is
 * said against it.
 *
 * <p>Linux unpacks a folder over a file or a link of that name by removing it first ({@code
 * clean_path} in {@code init/initramfs.c}), so a file below {@code /bin/sh} would take the shell
 * away, and one below a link to a folder would part the two.
 */
final class InitrdTree {
  private static final byte[] CPIO = {'0', '7', '0', '7', '0'};
  private static final byte[] GZIP = {0x1f, (byte) 0x8b};
  private static final byte[] XZ = {(byte) 0xfd, '7', 'z', 'X', 'Z', 0};
  private static final int LONGEST_MAGIC = 6;

  /** Bytes; an archive ends behind its last entry. */
  private static final int BLOCK = 4;

  /** Bytes that a disk may unpack to; more is not for the memory of a guest. */
  private static final long MOST = 4L << 30;

  private static final int MOST_ENTRIES = 1 << 20;
  private static final int LONGEST_LINK = 4096;

  /** As many links as Linux follows in one path. */
  private static final int MOST_LINKS = 40;

  /** Something that is not a folder, and where it leads to if it is a link. */
  private record Other(boolean file, Optional<String> link) {}

  /** The things that are no folders, by their paths without a leading slash. */
  private final Map<String, Other> others = new HashMap<>();

  private final Set<String> folders = new HashSet<>();

  private InitrdTree() {}

  /** Reads a file. */
  static InitrdTree of(Path initrd) {
    InitrdTree tree = new InitrdTree();
    try (InputStream in = Files.newInputStream(initrd)) {
      tree.read(in);
    } catch (IOException e) {
      // The rest is not known. Whether it is there and whole is looked at elsewhere.
    }
    return tree;
  }

  private void read(InputStream from) throws IOException {
    BufferedInputStream in = new BufferedInputStream(new BoundedStream(from, MOST), 1 << 16);
    boolean more = true;
    while (more) {
      byte[] magic = peek(in);
      if (begins(magic, GZIP)) {
        read(new GZIPInputStream(in, 1 << 16));
        more = false;
      } else if (begins(magic, XZ)) {
        read(new XZInputStream(in));
        more = false;
      } else if (begins(magic, CPIO)) {
        archive(in);
      } else {
        more = magic.length > 0 && magic[0] == 0 && in.read() == 0;
      }
    }
  }

  private static byte[] peek(BufferedInputStream in) throws IOException {
    in.mark(LONGEST_MAGIC);
    byte[] magic = in.readNBytes(LONGEST_MAGIC);
    in.reset();
    return magic;
  }

  private static boolean begins(byte[] bytes, byte[] magic) {
    return bytes.length >= magic.length
        && Arrays.equals(bytes, 0, magic.length, magic, 0, magic.length);
  }

  private void archive(InputStream in) throws IOException {
    // Not closed: another archive may follow in the same stream.
    CpioArchiveInputStream archive =
        new CpioArchiveInputStream(in, BLOCK, StandardCharsets.UTF_8.name());
    for (CpioArchiveEntry entry = archive.getNextEntry();
        entry != null;
        entry = archive.getNextEntry()) {
      if (others.size() + folders.size() >= MOST_ENTRIES) {
        throw new IOException("too many files");
      }
      add(entry, archive);
    }
  }

  private void add(CpioArchiveEntry entry, InputStream content) throws IOException {
    String path = String.join("/", parts(entry.getName()));
    others.remove(path);
    folders.remove(path);
    if (entry.isDirectory()) {
      folders.add(path);
    } else if (entry.isSymbolicLink()) {
      byte[] target = content.readNBytes(LONGEST_LINK);
      others.put(path, new Other(false, Optional.of(new String(target, StandardCharsets.UTF_8))));
    } else {
      others.put(path, new Other(entry.isRegularFile(), Optional.empty()));
    }
  }

  private static List<String> parts(String path) {
    return Arrays.stream(path.split("/", -1))
        .filter(part -> !part.isEmpty() && !part.equals("."))
        .toList();
  }

  /**
   * Where a file has to go so that it is found at a path: links to folders are followed.
   *
   * @param path absolute
   * @return absolute
   * @throws RefusedException if there cannot be a file
   */
  String place(String path) {
    Deque<String> left = new ArrayDeque<>(parts(path));
    Deque<String> reached = new ArrayDeque<>();
    int links = 0;
    while (left.size() > 1) {
      String part = left.removeFirst();
      if (part.equals("..")) {
        reached.pollLast();
        continue;
      }
      reached.addLast(part);
      Other other = others.get(String.join("/", reached));
      if (other == null) {
        continue;
      }
      if (other.link.isEmpty() || ++links > MOST_LINKS) {
        throw refused(path, reached, "is a file in the initial RAM disk, and no folder");
      }
      follow(other.link.get(), reached, left);
    }
    reached.addLast(left.getFirst());
    requireFile(path, reached);
    return "/" + String.join("/", reached);
  }

  private static void follow(String target, Deque<String> reached, Deque<String> left) {
    if (target.startsWith("/")) {
      reached.clear();
    } else {
      reached.removeLast();
    }
    parts(target).reversed().forEach(left::addFirst);
  }

  private void requireFile(String path, Collection<String> reached) {
    String name = String.join("/", reached);
    if (folders.contains(name)) {
      throw refused(path, reached, "is a folder in the initial RAM disk");
    }
    Other there = others.get(name);
    if (there != null && !there.file && there.link.isEmpty()) {
      throw refused(path, reached, "is a device in the initial RAM disk");
    }
  }

  private static RefusedException refused(String path, Collection<String> reached, String why) {
    return new RefusedException(
        "%s cannot be a file in the guest: /%s %s; give another path"
            .formatted(path, String.join("/", reached), why));
  }
}
