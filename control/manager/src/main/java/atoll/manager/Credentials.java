package atoll.manager;

import atoll.host.HostException;
import atoll.image.ExtraFiles;
import atoll.image.RefusedException;
import atoll.scenario.FwCfgSpec;
import atoll.scenario.Guest;
import atoll.scenario.ShareSpec;
import atoll.scenario.VmDescription;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a system that firmware starts is told of its user's wishes: its kernel and its initial RAM
 * disk are its own, but systemd (251 or newer) takes credentials from the firmware's configuration
 * (systemd.system-credentials(7)).
 */
final class Credentials {
  /**
   * Bytes of all files: systemd takes credentials of 1 MiB in all, and files are a third longer
   * there.
   */
  static final long MOST_FILES = 700 << 10;

  private static final String FOLDER = "opt/io.systemd.credentials/";

  private Credentials() {}

  /** The items of firmware's configuration; what the user gives by the same name comes first. */
  static List<FwCfgSpec> with(VmDescription vm) {
    List<FwCfgSpec> items = new ArrayList<>(vm.fwCfg());
    if (vm.guest().inFlash()) {
      add(items, "ssh.authorized_keys.root", keys(vm.guest()));
      add(items, "tmpfiles.extra", files(vm.files()));
      add(items, "fstab.extra", mounts(vm.shares()));
    }
    return items;
  }

  private static void add(List<FwCfgSpec> items, String name, String text) {
    if (!text.isEmpty() && items.stream().noneMatch(item -> item.name().equals(FOLDER + name))) {
      items.add(new FwCfgSpec(FOLDER + name, Optional.empty(), text));
    }
  }

  private static String keys(Guest guest) {
    return guest instanceof Guest.Uefi uefi
        ? uefi.keys().stream()
            .map(file -> new String(read(file), StandardCharsets.UTF_8).strip() + "\n")
            .collect(Collectors.joining())
        : "";
  }

  /** As tmpfiles.d(5) has it: written anew at each start, with the bytes in Base64. */
  private static String files(Map<String, Path> files) {
    StringBuilder lines = new StringBuilder();
    files.forEach((path, file) -> {
      byte[] bytes = read(file);
      lines.append(
          "f+~ %s %04o root root - %s\n"
              .formatted(path, permissions(file), Base64.getEncoder().encodeToString(bytes)));
    });
    return lines.toString();
  }

  /** Folders with a place; a folder that is gone does not stop the boot. */
  private static String mounts(List<ShareSpec> shares) {
    return shares.stream()
        .filter(share -> share.at().isPresent())
        .map(share ->
            "%s %s 9p nofail,trans=virtio,version=9p2000.L,cache=mmap%s 0 0\n"
                .formatted(share.tag(), share.place(), share.readOnly() ? ",ro" : ""))
        .collect(Collectors.joining());
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static int permissions(Path file) {
    try {
      return ExtraFiles.permissions(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static RefusedException unreadable(Path file, IOException e) {
    return new RefusedException(
        "%s, which the guest is to have, cannot be read: %s"
            .formatted(file, HostException.reason(e)),
        e);
  }
}
