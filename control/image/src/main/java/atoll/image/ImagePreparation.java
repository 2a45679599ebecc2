package atoll.image;

import atoll.host.Clock;
import atoll.host.HostException;
import atoll.host.Tasks;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * Does what can be done for an image outside the builder VM: finds, fetches and unpacks its
 * packages, and puts their files together.
 */
public final class ImagePreparation {
  private static final String KERNEL = "linux-image-riscv64";

  /** It lays the links out that other packages' files go through. */
  private static final String FIRST = "base-files";

  private final Path packages;
  private final MirrorFinder mirrors;
  private final Clock clock;
  private final Tasks tasks;
  private final Progress progress;

  /**
   * @param store where package files are kept
   */
  public ImagePreparation(
      ImageStore store, MirrorFinder mirrors, Clock clock, Tasks tasks, Progress progress) {
    packages = store.packages();
    this.mirrors = mirrors;
    this.clock = clock;
    this.tasks = tasks;
    this.progress = progress;
  }

  /**
   * Prepares an image.
   *
   * @param choice of a mirror, before that of the recipe
   * @param stock the guest that builds it, for its busybox
   * @param folder an empty one, of which the caller lets nobody else make use
   * @throws RefusedException if it cannot be done
   */
  public PreparedImage prepare(Recipe recipe, MirrorChoice choice, LinuxImages stock, Path folder) {
    try {
      DebianMirror mirror = mirrors.find(recipe.release(), choice.orOf(recipe.mirror()));
      Parts parts = find(mirror, recipe, folder);
      Map<DebianPackage, Path> files =
          new PackageCache(packages, clock, tasks, progress, PackageCache.MOST)
              .fetch(mirror, parts.all());
      Map<DebianPackage, UnpackedPackage> unpacked = unpack(files, folder);
      return assemble(recipe, mirror, parts, unpacked, stock, folder);
    } catch (IOException e) {
      throw new RefusedException(
          "the image cannot be made in %s: %s; free some space, or choose another folder with XDG_CACHE_HOME"
              .formatted(folder, HostException.reason(e)),
          e);
    }
  }

  /**
   * The packages that an image takes.
   *
   * @param early names of those without which no script runs
   */
  private record Parts(
      List<PackageResolver.Chosen> system,
      Set<String> early,
      DebianPackage kernel,
      List<DebianPackage> tool) {
    /** Each once. */
    List<DebianPackage> all() {
      Set<DebianPackage> all = new LinkedHashSet<>();
      system.forEach(each -> all.add(each.found()));
      all.add(kernel);
      all.addAll(tool);
      return List.copyOf(all);
    }
  }

  private Parts find(DebianMirror mirror, Recipe recipe, Path folder) throws IOException {
    PackagesIndex index = mirror.index(folder, name -> true);
    Files.delete(folder.resolve("Packages.xz"));
    List<PackageResolver.Chosen> system =
        new PackageResolver(index, recipe.recommends()).resolve(recipe.base(), wanted(recipe));
    Set<String> early =
        new PackageResolver(index, false)
            .resolve(BaseSystem.ESSENTIAL, List.of()).stream()
                .map(each -> each.found().name())
                .collect(Collectors.toSet());
    return new Parts(
        firstFirst(system),
        early,
        index.dependencyOf(KERNEL),
        new PackageResolver(index, false).needs(BuilderFiles.TOOL));
  }

  private static List<String> wanted(Recipe recipe) {
    Set<String> all = new LinkedHashSet<>(recipe.packages());
    if (recipe.boot() == Recipe.Boot.UEFI) {
      all.addAll(UefiDisk.PACKAGES);
    }
    return List.copyOf(all);
  }

  private static List<PackageResolver.Chosen> firstFirst(List<PackageResolver.Chosen> system) {
    List<PackageResolver.Chosen> order = new ArrayList<>(system);
    order.sort(
        (a, b) -> Boolean.compare(b.found().name().equals(FIRST), a.found().name().equals(FIRST)));
    return order;
  }

  private Map<DebianPackage, UnpackedPackage> unpack(Map<DebianPackage, Path> files, Path folder)
      throws IOException {
    Path place = Files.createDirectory(folder.resolve("unpacked"));
    Map<DebianPackage, UnpackedPackage> unpacked = new ConcurrentHashMap<>();
    AtomicInteger done = new AtomicInteger();
    progress.begin("unpacking packages", files.size(), Progress.Unit.PACKAGES);
    try {
      // The largest first, so that none is left for one lane at the end.
      List<DebianPackage> bySize = new ArrayList<>(files.keySet());
      bySize.sort(Comparator.comparingLong(DebianPackage::size).reversed());
      new Lanes<>(
              bySize,
              Runtime.getRuntime().availableProcessors(),
              each -> {
                Path data = place.resolve(each.sha256());
                unpacked.put(each, UnpackedPackage.of(each, files.get(each), data));
                done.incrementAndGet();
              })
          .run(tasks, "unpack", () -> progress.advance(done.get()));
    } finally {
      progress.end();
    }
    return unpacked;
  }

  private PreparedImage assemble(
      Recipe recipe,
      DebianMirror mirror,
      Parts parts,
      Map<DebianPackage, UnpackedPackage> unpacked,
      LinuxImages stock,
      Path folder)
      throws IOException {
    progress.begin("putting the files together", 0);
    try {
      Path image = Files.createDirectory(folder.resolve("image"));
      Optional<SystemKernel> kernel =
          recipe.boot() == Recipe.Boot.UEFI
              ? Optional.empty()
              : Optional.of(
                  SystemKernel.of(
                      unpacked.get(parts.kernel), Files.createDirectory(folder.resolve("kernel"))));
      Path archive = folder.resolve("system.tar");
      writeSystem(archive, recipe, mirror, parts, unpacked, kernel);
      Path initramfs = folder.resolve("builder.cpio");
      BuilderFiles.write(
          initramfs, stock.initramfs(), parts.tool.stream().map(unpacked::get).toList());
      Trees.delete(folder.resolve("unpacked"));
      Path disk = image.resolve(ImageManifest.DISK);
      if (kernel.isPresent()) {
        kernel
            .get()
            .writeInitramfs(
                image.resolve(ImageManifest.INITRAMFS),
                stock.busybox(),
                recipe.boot() == Recipe.Boot.VERITY);
        Files.move(kernel.get().image(), image.resolve(ImageManifest.KERNEL));
        SparseFile.create(disk, recipe.size());
      } else {
        UefiDisk.create(disk, recipe.size(), recipe.digest());
      }
      Map<String, String> versions = new TreeMap<>();
      parts.system.forEach(each -> versions.put(each.found().name(), each.found().version()));
      return new PreparedImage(
          image,
          archive,
          initramfs,
          mirror.root().toString(),
          mirror.date(),
          SystemKernel.release(parts.kernel),
          versions);
    } finally {
      progress.end();
    }
  }

  private static void writeSystem(
      Path file,
      Recipe recipe,
      DebianMirror mirror,
      Parts parts,
      Map<DebianPackage, UnpackedPackage> unpacked,
      Optional<SystemKernel> kernel)
      throws IOException {
    try (RootArchive archive = new RootArchive(file)) {
      archive.folder(RootArchive.BUILDER);
      StringBuilder automatic = new StringBuilder();
      for (PackageResolver.Chosen each : parts.system) {
        archive.add(unpacked.get(each.found()), parts.early.contains(each.found().name()));
        if (!each.asked()) {
          automatic.append(
              "Package: %s\nArchitecture: riscv64\nAuto-Installed: 1\n\n"
                  .formatted(each.found().name()));
        }
      }
      if (kernel.isPresent()) {
        kernel.get().addModules(archive);
        builderFile(archive, "modules", text(kernel.get().release()));
      } else {
        archive.file("etc/fstab", 0644, text(UefiDisk.FSTAB)); // for who makes the initial RAM disk
        builderFile(archive, "uefi", Initramfs.resource("uefi"));
      }
      builderFile(archive, "configure", Initramfs.resource("configure"));
      builderFile(archive, "files.tar", recipeFiles(recipe, mirror, automatic.toString()));
      archive.folder(RootArchive.BUILDER + "/commands");
      for (int n = 0; n < recipe.commands().size(); n++) {
        builderFile(archive, "commands/%04d".formatted(n), text(recipe.commands().get(n) + "\n"));
      }
    }
  }

  private static void builderFile(RootArchive archive, String name, byte[] content)
      throws IOException {
    archive.file(RootArchive.BUILDER + "/" + name, 0644, content);
  }

  /** Files that come once all is configured; without folders, so that those keep their modes. */
  private static byte[] recipeFiles(Recipe recipe, DebianMirror mirror, String automatic)
      throws IOException {
    Map<String, Recipe.AddedFile> files = new LinkedHashMap<>();
    files.put("/etc/hostname", file(recipe.hostname() + "\n"));
    files.put(
        "/etc/hosts",
        file(
            "127.0.0.1\tlocalhost\n127.0.1.1\t%s\n::1\tlocalhost ip6-localhost ip6-loopback\n"
                .formatted(recipe.hostname())));
    files.put(
        "/etc/fstab",
        file(
            switch (recipe.boot()) {
              case UEFI -> UefiDisk.FSTAB;
              case KERNEL -> "/dev/vda / ext4 errors=remount-ro 0 0\n";
              case VERITY -> "# The initial RAM disk has mounted the root file system.\n";
            }));
    files.put(
        "/etc/apt/sources.list.d/debian.sources",
        file(
            "Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
                .formatted(mirror.root(), recipe.release())));
    files.put("/var/lib/apt/extended_states", file(automatic));
    files.putAll(recipe.files());
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar =
        new TarArchiveOutputStream(bytes, StandardCharsets.UTF_8.name())) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
      for (Map.Entry<String, Recipe.AddedFile> added : files.entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(added.getKey().substring(1));
        entry.setMode(0100000 | added.getValue().permissions());
        entry.setIds(0, 0);
        entry.setModTime(0);
        byte[] content = added.getValue().content();
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static Recipe.AddedFile file(String content) {
    return new Recipe.AddedFile(Optional.empty(), content, 0644);
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
