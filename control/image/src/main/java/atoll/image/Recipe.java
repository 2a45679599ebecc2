package atoll.image;

import atoll.host.HostException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a disk image with Debian is made of.
 *
 * @param name of the image
 * @param release Debian's code name, such as {@code trixie}
 * @param mirror of the archive; otherwise found by options, environment and APT
 * @param base the packages that need not be named
 * @param packages those that the system has besides, with all that they need
 * @param recommends whether also what packages recommend
 * @param size bytes of the disk
 * @param hostname what the system calls itself
 * @param files that are put into it, by path with a leading slash
 * @param commands of the shell, run in it at the end
 * @param boot how it is started
 */
public record Recipe(
    String name,
    String release,
    Optional<String> mirror,
    BaseSystem base,
    List<String> packages,
    boolean recommends,
    long size,
    String hostname,
    Map<String, AddedFile> files,
    List<String> commands,
    Boot boot) {
  /** How a system is started. */
  public enum Boot {
    /** Atoll enters a kernel that is kept beside the disk. */
    KERNEL,
    /** By UEFI firmware and the disk's own boot loader, on Atoll and elsewhere. */
    UEFI,
    /** As {@link #KERNEL}, and the kernel checks each block that it reads: {@link HashTree}. */
    VERITY
  }

  /** What the name of an image looks like. */
  public static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,30}");

  /** What the name of a package looks like. */
  public static final Pattern PACKAGE = Pattern.compile("[a-z0-9][a-z0-9+.-]{1,100}");

  /** What a code name looks like. */
  public static final Pattern RELEASE = Pattern.compile("[a-z]{2,30}");

  /** What a host name looks like. */
  public static final Pattern HOSTNAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

  /** Bytes of the smallest disk. */
  public static final long SMALLEST = 256L << 20;

  /** Bytes of the largest disk: ext4 with blocks of 4 KiB. */
  public static final long LARGEST = 16L << 40;

  /**
   * A file that is put into the system; root's.
   *
   * @param file of the host; otherwise its text is given
   * @param permissions such as 0644
   */
  public record AddedFile(Optional<Path> file, String text, int permissions) {
    /** Bytes of a file; it is in memory while an image is prepared. */
    public static final long LONGEST = 64L << 20;

    public AddedFile {
      Objects.requireNonNull(file, "file");
      Objects.requireNonNull(text, "text");
    }

    /** What is in it now. */
    byte[] content() {
      if (file.isEmpty()) {
        return text.getBytes(StandardCharsets.UTF_8);
      }
      try {
        return Files.readAllBytes(file.get());
      } catch (IOException e) {
        throw new RefusedException(
            "%s, which is to be in the image, cannot be read: %s"
                .formatted(file.get(), HostException.reason(e)),
            e);
      }
    }
  }

  public Recipe {
    require(NAME, name, "a name");
    require(RELEASE, release, "a release");
    require(HOSTNAME, hostname, "a host name");
    Objects.requireNonNull(mirror, "mirror");
    Objects.requireNonNull(base, "base");
    packages = List.copyOf(packages);
    packages.forEach(each -> require(PACKAGE, each, "the name of a package"));
    files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
    commands = List.copyOf(commands);
    Objects.requireNonNull(boot, "boot");
    if (size < SMALLEST || size > LARGEST || size % 4096 != 0) {
      throw new RefusedException(
          "a disk of %d bytes cannot be made; give %s to %s in whole blocks of 4K"
              .formatted(size, ByteSize.format(SMALLEST), ByteSize.format(LARGEST)));
    }
  }

  private static void require(Pattern form, String value, String what) {
    if (!form.matcher(value).matches()) {
      throw new RefusedException("'%s' is not %s of a recipe".formatted(value, what));
    }
  }

  /** SHA-256 of all that it says, and of the files that it names, in lower-case hexadecimal. */
  public String digest() {
    Digest digest = new Digest();
    for (Object part : List.of(name, release, mirror, base, packages, recommends, size, hostname)) {
      digest.add(part.toString().getBytes(StandardCharsets.UTF_8));
    }
    files.forEach((path, file) -> {
      digest.add("%s %o".formatted(path, file.permissions).getBytes(StandardCharsets.UTF_8));
      digest.add(file.content());
    });
    commands.forEach(command -> digest.add(command.getBytes(StandardCharsets.UTF_8)));
    if (boot != Boot.KERNEL) {
      String how = "boot: " + boot.name().toLowerCase(Locale.ROOT);
      digest.add(how.getBytes(StandardCharsets.UTF_8));
    }
    return digest.text();
  }
}
