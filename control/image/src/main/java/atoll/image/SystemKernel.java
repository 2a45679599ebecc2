package atoll.image;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;

/**
 * Debian's kernel for a system on a disk: the image that Atoll enters, the modules that the system
 * finds in {@code /usr/lib/modules}, and the initial RAM disk that leads to the disk.
 */
final class SystemKernel {
  /** What the initial RAM disk inserts; ext4 asks for its checksum by name when it mounts. */
  private static final List<String> FOR_ROOT =
      List.of("virtio_mmio", "virtio_blk", "crc32c_generic", "ext4");

  /** What else it inserts where blocks are checked; dm-verity asks for its digest by name. */
  private static final List<String> FOR_VERITY =
      List.of("dm_mod", "sha256_generic", "dm_verity", "overlay");

  private static final String MODULES = "usr/lib/modules/";

  /**
   * Modules of hardware that no board of Atoll's can have are three quarters of all. Kept are those
   * below {@code drivers} that are named here, and all elsewhere but sound and radio. joydev would
   * take a tablet for a joystick.
   */
  private static final Pattern KEPT =
      Pattern.compile(
          "kernel/(?!sound/|net/(mac80211|mac802154|ieee802154|wireless|bluetooth|can|nfc|batman-adv|atm)/)"
              + "(?!drivers/(?!(virtio|block|md|nvme|vhost|watchdog|uio|vfio|char|gpio|rtc|pci)/|net/([^/]*$|bonding/|team/|vxlan/|wireguard/|ipvlan/|ovpn/|vmxnet3/)"
              + "|input/(?!joydev)[^/]*$|leds/leds-gpio|gpu/drm/([^/]*$|virtio/))).*");

  private final Path image;
  private final Path folder;
  private final String release;

  /** By name in the folder of modules. */
  private final Map<String, Path> files = new TreeMap<>();

  private SystemKernel(Path folder, String release) {
    this.folder = folder;
    this.release = release;
    image = folder.resolve("vmlinux");
  }

  /**
   * Takes what is needed out of the kernel's package.
   *
   * @param folder a new one for it
   */
  static SystemKernel of(UnpackedPackage deb, Path folder) throws IOException {
    SystemKernel kernel = new SystemKernel(folder, release(deb.found()));
    deb.visit(kernel::sort);
    if (!Files.exists(kernel.image)) {
      throw new RefusedException(
          deb.found().name() + " has no boot/vmlinux; choose another mirror with --mirror");
    }
    return kernel;
  }

  /** What a kernel's package calls it. */
  static String release(DebianPackage found) {
    return found.name().replaceFirst("^linux-image-", "");
  }

  private void sort(TarArchiveEntry entry, InputStream content) throws IOException {
    String path = RootPaths.plain(entry.getName());
    if (!entry.isFile()) {
      return;
    }
    String start = MODULES + release + "/";
    if (path.startsWith("boot/vmlinu")) {
      Files.copy(content, image, StandardCopyOption.REPLACE_EXISTING);
    } else if (path.startsWith(start) && isKept(path.substring(start.length()))) {
      String name = path.substring(start.length());
      Path file = folder.resolve("modules").resolve(name);
      Files.createDirectories(file.getParent());
      Files.copy(content, file, StandardCopyOption.REPLACE_EXISTING);
      files.put(name, file);
    }
  }

  private static boolean isKept(String name) {
    return !name.contains("/") || KEPT.matcher(name).matches();
  }

  /** The kernel itself. */
  Path image() {
    return image;
  }

  /** What it calls itself in {@code uname -r}. */
  String release() {
    return release;
  }

  /** Puts the modules where the system looks for them. */
  void addModules(RootArchive archive) throws IOException {
    for (Map.Entry<String, Path> file : files.entrySet()) {
      String path = MODULES + release + "/" + file.getKey();
      archive.folder(path.substring(0, path.lastIndexOf('/')));
      archive.file(path, 0644, file.getValue());
    }
  }

  /**
   * Writes the initial RAM disk.
   *
   * @param busybox for its {@code init}
   * @param verity whether it has the disk's blocks checked
   */
  void writeInitramfs(Path to, Path busybox, boolean verity) throws IOException {
    Map<String, Path> modules = new HashMap<>();
    files.values().stream()
        .filter(KernelModule::isModule)
        .forEach(file -> modules.put(KernelModule.nameOf(file), file));
    // Not packed: unpacking takes a guest longer than reading.
    List<String> wanted = new ArrayList<>(FOR_ROOT);
    if (verity) {
      wanted.addAll(FOR_VERITY);
    }
    ModuleSet.require("linux-image-" + release, needed(wanted), modules.keySet(), builtin());
    ModuleSet needed = ModuleSet.closure(wanted, modules.keySet(), modules);
    try (CpioWriter archive =
        new CpioWriter(new BufferedOutputStream(Files.newOutputStream(to), 1 << 16))) {
      for (String name : List.of("dev", "proc", "root", "disk", "over")) {
        archive.directory(name);
      }
      archive.characterDevice("dev/console", 0600, 5, 1);
      archive.characterDevice("dev/null", 0666, 1, 3);
      archive.file("bin/busybox", 0755, Files.readAllBytes(busybox));
      archive.symbolicLink("bin/sh", "busybox");
      archive.file("init", 0755, Initramfs.resource("root"));
      if (verity) {
        archive.file("bin/mapper", 0755, Initramfs.resource("mapper.elf"));
      }
      StringBuilder order = new StringBuilder();
      for (KernelModule module : needed.inOrder()) {
        archive.file("modules/" + module.fileName(), 0644, module.content());
        order.append(module.fileName()).append('\n');
      }
      archive.file("modules/order", 0644, order.toString().getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Later kernels have checksums and digests in themselves, under no name. */
  private static List<String> needed(List<String> wanted) {
    return wanted.stream().filter(name -> !name.endsWith("_generic")).toList();
  }

  private List<String> builtin() throws IOException {
    Path list = files.get(ModuleSet.BUILTIN);
    return list == null ? List.of() : Files.readAllLines(list);
  }
}
