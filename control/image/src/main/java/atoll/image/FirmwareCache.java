package atoll.image;

import atoll.host.HostException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Keeps UEFI firmware, EDK2 as Debian builds it, for the user; fetched once. As {@link ImageCache}
 * does for Linux.
 */
public final class FirmwareCache {
  private static final String PACKAGE = "qemu-efi-riscv64";
  private static final String CODE = "RISCV_VIRT_CODE.fd";
  private static final String VARIABLES = "RISCV_VIRT_VARS.fd";

  private final Path folder;
  private final MirrorFinder mirrors;
  private final Progress progress;

  /**
   * Which package the firmware in the cache is from.
   *
   * @param released when the archive was in the state that was seen
   * @param keys fingerprints of the keys that were trusted, with blanks between
   */
  private record Selection(
      String mirror, Instant released, String keys, String version, String sha256) {
    static Optional<Selection> read(Path file) {
      try {
        Map<String, String> fields = FlatJson.read(file);
        return DebianPackage.isSha256(fields.getOrDefault("sha256", ""))
            ? Optional.of(
                new Selection(
                    fields.get("mirror"),
                    Instant.parse(fields.get("released")),
                    fields.get("keys"),
                    fields.get("version"),
                    fields.get("sha256")))
            : Optional.empty();
      } catch (IOException | DateTimeException | NullPointerException e) {
        return Optional.empty();
      }
    }

    void write(Path file) throws IOException {
      Map<String, String> fields = new LinkedHashMap<>();
      fields.put("mirror", mirror);
      fields.put("released", released.toString());
      fields.put("keys", keys);
      fields.put("version", version);
      fields.put("sha256", sha256);
      FlatJson.write(file, fields);
    }
  }

  /**
   * @param cache the user's cache folder
   * @param mirrors finds a mirror when one is needed
   */
  public FirmwareCache(Path cache, MirrorFinder mirrors, Progress progress) {
    folder = cache.resolve("debian");
    this.mirrors = mirrors;
    this.progress = progress;
  }

  /**
   * The firmware, fetched if it is not there.
   *
   * @param mirror where to fetch it from
   * @param newest asks the mirror even if there is some
   */
  public UefiFirmware get(MirrorChoice mirror, boolean newest) {
    Optional<UefiFirmware> ready = newest ? Optional.empty() : present();
    if (ready.isPresent()) {
      return ready.get();
    }
    try {
      Files.createDirectories(folder);
      try (CacheLock lock = CacheLock.acquire(folder, progress)) {
        assert lock.held();
        ready = newest ? Optional.empty() : present(); // another process may have done it
        return ready.isPresent() ? ready.get() : fetch(mirror);
      }
    } catch (IOException e) {
      throw new RefusedException(
          "cannot use the cache folder %s (%s); repair it, or choose another with XDG_CACHE_HOME"
              .formatted(folder, HostException.reason(e)),
          e);
    }
  }

  /** The firmware if it is there; nothing is fetched. */
  public Optional<UefiFirmware> present() {
    return Selection.read(record())
        .map(this::firmware)
        .filter(found -> Files.exists(found.code()) && Files.exists(found.variables()));
  }

  private Path record() {
    return folder.resolve("efi.json");
  }

  private UefiFirmware firmware(Selection selection) {
    Path place =
        folder.resolve("efi-" + DebianPackage.fileName(selection.version(), selection.sha256()));
    return new UefiFirmware(
        PACKAGE + " " + selection.version(), place.resolve(CODE), place.resolve(VARIABLES));
  }

  private UefiFirmware fetch(MirrorChoice from) throws IOException {
    DebianMirror mirror = mirrors.find(DebianMirror.TRIXIE, from);
    Selection.read(record())
        .ifPresent(last -> mirror.refuseOlder(last.keys(), last.released(), record()));
    DebianPackage found = mirror.index(folder, PACKAGE::equals).get(PACKAGE);
    Selection selection =
        new Selection(
            mirror.root().toString(),
            mirror.date(),
            mirror.keys(),
            found.version(),
            found.sha256());
    UefiFirmware firmware = firmware(selection);
    if (!Files.exists(firmware.code())) {
      unpack(mirror, found, firmware.code().getParent());
    }
    selection.write(record());
    Files.deleteIfExists(folder.resolve("Packages.xz"));
    return firmware;
  }

  private void unpack(DebianMirror mirror, DebianPackage found, Path place) throws IOException {
    Path deb = mirror.fetch(found, folder);
    Path work = Files.createTempDirectory(folder, "unpack");
    try {
      Path kept = Files.createDirectory(work.resolve("kept"));
      DebArchive.visit(deb, (name, content) -> sort(name, content, kept));
      if (!Files.exists(kept.resolve(CODE)) || !Files.exists(kept.resolve(VARIABLES))) {
        throw new RefusedException(
            "%s has no %s and %s; choose another mirror with --mirror"
                .formatted(found.name(), CODE, VARIABLES));
      }
      Files.move(kept, place, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Trees.delete(work);
    }
    Files.delete(deb);
  }

  private static void sort(String name, InputStream content, Path kept) throws IOException {
    for (String wanted : new String[] {CODE, VARIABLES}) {
      if (name.endsWith("/" + wanted)) {
        Files.copy(content, kept.resolve(wanted));
      }
    }
  }
}
