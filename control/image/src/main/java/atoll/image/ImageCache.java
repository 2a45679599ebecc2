package atoll.image;

import atoll.host.HostException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * Keeps a stock Debian kernel and an initramfs for the user, fetched once.
 *
 * <p>Folders are complete or absent: each is made beside its place and renamed. Code that fills the
 * cache holds {@link CacheLock}; what is there is used without it.
 */
public final class ImageCache {
  private static final String META_PACKAGE = "linux-image-riscv64";
  private static final String BUSYBOX = "busybox-static";

  private final Path folder;
  private final MirrorFinder mirrors;
  private final Progress progress;

  /**
   * @param cache the user's cache folder
   * @param mirrors finds a mirror when one is needed
   */
  public ImageCache(Path cache, MirrorFinder mirrors, Progress progress) {
    folder = cache.resolve("debian");
    this.mirrors = mirrors;
    this.progress = progress;
  }

  /**
   * The images, fetched if they are not there.
   *
   * @param mirror where to fetch them from
   * @param newest asks the mirror even if there are some
   */
  public LinuxImages linux(MirrorChoice mirror, boolean newest) {
    try {
      Optional<LinuxImages> ready = newest ? Optional.empty() : ready();
      if (ready.isPresent()) {
        return ready.get();
      }
      Files.createDirectories(folder);
      try (CacheLock lock = CacheLock.acquire(folder, progress)) {
        assert lock.held();
        return newest ? fetch(mirror) : fill(mirror);
      }
    } catch (IOException e) {
      throw new RefusedException(
          "cannot use the cache folder %s (%s); repair it, or choose another with XDG_CACHE_HOME"
              .formatted(folder, HostException.reason(e)),
          e);
    }
  }

  /** The images if they are there; nothing is fetched. */
  public Optional<LinuxImages> present() {
    try {
      return ready();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * Has a small program of ours be there in place of Linux, so that a build can rehearse what is
   * done with images without any. Of use in a folder of one's own only.
   */
  public void standIn() throws IOException {
    String digest = "0".repeat(64);
    ImageSelection selection =
        new ImageSelection(
            "none", Instant.EPOCH, "", "linux-image-standin", "0", digest, "0", digest);
    LinuxImages images = images(selection);
    Files.createDirectories(images.kernel().getParent());
    try (InputStream program = ImageCache.class.getResourceAsStream("standin.elf")) {
      Files.write(images.kernel(), program.readAllBytes());
    }
    Files.write(images.initramfs(), new byte[1]);
    for (Path image : List.of(images.kernel(), images.initramfs())) {
      Files.setLastModifiedTime(image, FileTime.from(Instant.EPOCH)); // see FileDigests
    }
    selection.write(record());
  }

  private Path record() {
    return folder.resolve("selection.json");
  }

  /** The recorded images if every file of them is there. */
  private Optional<LinuxImages> ready() throws IOException {
    Optional<ImageSelection> selection = ImageSelection.read(record());
    if (selection.isEmpty()) {
      return Optional.empty();
    }
    LinuxImages images = images(selection.get());
    boolean whole = Files.exists(images.kernel()) && Files.exists(images.initramfs());
    return whole ? Optional.of(images) : Optional.empty();
  }

  /**
   * With the lock held: another process may have done the work, or only our part may be missing.
   */
  private LinuxImages fill(MirrorChoice from) throws IOException {
    Optional<LinuxImages> ready = ready();
    if (ready.isPresent()) {
      return ready.get();
    }
    Optional<ImageSelection> selection = ImageSelection.read(record());
    if (selection.isPresent()
        && Files.exists(kernelFolder(selection.get()))
        && Files.exists(busybox(selection.get()))) {
      return assemble(selection.get());
    }
    return fetch(from);
  }

  private LinuxImages fetch(MirrorChoice from) throws IOException {
    DebianMirror mirror = mirrors.find(DebianMirror.TRIXIE, from);
    ImageSelection.read(record())
        .ifPresent(last -> mirror.refuseOlder(last.keys(), last.released(), record()));
    PackagesIndex index =
        mirror.index(folder, name -> name.startsWith("linux-image-") || name.equals(BUSYBOX));
    DebianPackage kernel = index.dependencyOf(META_PACKAGE);
    DebianPackage busybox = index.get(BUSYBOX);
    ImageSelection selection =
        new ImageSelection(
            mirror.root().toString(),
            mirror.date(),
            mirror.keys(),
            kernel.name(),
            kernel.version(),
            kernel.sha256(),
            busybox.version(),
            busybox.sha256());
    if (!Files.exists(kernelFolder(selection))) {
      unpackKernel(mirror, kernel, selection);
    }
    if (!Files.exists(busybox(selection))) {
      unpackBusybox(mirror, busybox, selection);
    }
    LinuxImages images = assemble(selection);
    selection.write(record());
    Files.deleteIfExists(folder.resolve("Packages.xz"));
    return images;
  }

  private void unpackKernel(DebianMirror mirror, DebianPackage kernel, ImageSelection selection)
      throws IOException {
    Path deb = mirror.fetch(kernel, folder);
    Path work = Files.createTempDirectory(folder, "unpack");
    progress.begin("unpacking " + kernel.name(), 0);
    try {
      Map<String, Path> modules = new HashMap<>();
      Path all = Files.createDirectory(work.resolve("all"));
      Path kept = Files.createDirectory(work.resolve("kept"));
      List<String> builtin = new ArrayList<>();
      DebArchive.visit(deb, (name, content) -> sort(name, content, kept, all, modules, builtin));
      if (!Files.exists(kept.resolve("vmlinux"))) {
        throw new RefusedException(
            kernel.name() + " has no boot/vmlinux; choose another mirror with --mirror");
      }
      ModuleSet.require(kernel.name(), Initramfs.EARLY, modules.keySet(), builtin);
      tell(kernel, ModuleSet.missing(Initramfs.MODULES, modules.keySet(), builtin));
      for (KernelModule module :
          ModuleSet.closure(Initramfs.MODULES, Initramfs.EARLY, modules).inOrder()) {
        Path file = modules.get(module.name());
        Files.move(file, kept.resolve(file.getFileName()));
      }
      Files.move(kept, kernelFolder(selection), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      progress.end();
      Trees.delete(work);
    }
    Files.delete(deb);
  }

  /** A guest that needs one of them would otherwise only find that it is not there. */
  private void tell(DebianPackage kernel, List<String> missing) {
    if (!missing.isEmpty()) {
      progress.begin(
          "leaving out what %s does not have: %s"
              .formatted(kernel.name(), String.join(", ", missing)),
          0);
      progress.end();
    }
  }

  private static void sort(
      String name,
      InputStream content,
      Path kept,
      Path all,
      Map<String, Path> modules,
      List<String> builtin)
      throws IOException {
    if (name.startsWith("boot/vmlinu")) {
      Files.copy(content, kept.resolve("vmlinux"));
    } else if (name.endsWith("/" + ModuleSet.BUILTIN)) {
      builtin.addAll(new String(content.readAllBytes(), StandardCharsets.UTF_8).lines().toList());
    } else if (KernelModule.isModule(Path.of(name))) {
      Path file = all.resolve(name.substring(name.lastIndexOf('/') + 1));
      Files.copy(content, file, StandardCopyOption.REPLACE_EXISTING);
      modules.put(KernelModule.nameOf(file), file);
    }
  }

  private void unpackBusybox(DebianMirror mirror, DebianPackage busybox, ImageSelection selection)
      throws IOException {
    Path deb = mirror.fetch(busybox, folder);
    Path binary = busybox(selection);
    Path next = binary.resolveSibling(binary.getFileName() + ".new");
    DebArchive.visit(
        deb,
        (name, content) -> {
          if (name.endsWith("bin/busybox")) {
            Files.copy(content, next, StandardCopyOption.REPLACE_EXISTING);
          }
        });
    Files.move(next, binary, StandardCopyOption.ATOMIC_MOVE);
    Files.delete(deb);
  }

  /** Makes the initramfs of parts that are there. */
  private LinuxImages assemble(ImageSelection selection) throws IOException {
    LinuxImages images = images(selection);
    if (!Files.exists(images.initramfs())) {
      Map<String, Path> modules = new HashMap<>();
      try (Stream<Path> files = Files.list(kernelFolder(selection))) {
        files
            .filter(KernelModule::isModule)
            .forEach(file -> modules.put(KernelModule.nameOf(file), file));
      }
      Path next = folder.resolve("initramfs.new");
      Initramfs.write(
          next,
          busybox(selection),
          ModuleSet.closure(Initramfs.MODULES, Initramfs.EARLY, modules),
          selection.kernelRelease());
      Files.move(
          next,
          images.initramfs(),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
    }
    return images;
  }

  private LinuxImages images(ImageSelection selection) throws IOException {
    return new LinuxImages(
        kernelFolder(selection).resolve("vmlinux"),
        folder.resolve(
            "initramfs-%s-%s-%x.cpio"
                .formatted(
                    DebianPackage.fileName(selection.kernelVersion(), selection.kernelSha256()),
                    DebianPackage.fileName(selection.busyboxVersion(), selection.busyboxSha256()),
                    Initramfs.version())),
        selection.kernel() + " " + selection.kernelVersion(),
        busybox(selection));
  }

  /** Named after the modules kept, too: a longer list needs the package again. */
  private Path kernelFolder(ImageSelection selection) {
    CRC32 crc = new CRC32();
    crc.update(String.join(" ", Initramfs.MODULES).getBytes(StandardCharsets.US_ASCII));
    return folder.resolve(
        "kernel-%s-%x"
            .formatted(
                DebianPackage.fileName(selection.kernelVersion(), selection.kernelSha256()),
                crc.getValue()));
  }

  private Path busybox(ImageSelection selection) {
    return folder.resolve(
        "busybox-" + DebianPackage.fileName(selection.busyboxVersion(), selection.busyboxSha256()));
  }
}
