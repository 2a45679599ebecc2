package atoll.manager;

import atoll.host.FileType;
import atoll.host.HeldDevice;
import atoll.host.HostClaims;
import atoll.host.HostException;
import atoll.scenario.ShareSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What of the host the virtual machines of a system have for themselves: whoever else wants it is
 * told who has it. It is given back at the end of the system, or of its process.
 */
final class HostProperty implements AutoCloseable {
  private final String system;
  private final HostClaims claims;
  private final List<AutoCloseable> taken = new ArrayList<>();

  /**
   * @param system its name, for those who want the same
   */
  HostProperty(String system, HostClaims claims) {
    this.system = system;
    this.claims = claims;
  }

  private String owner(String vm) {
    return vm.equals(system) ? "VM " + vm : "VM %s of the system %s".formatted(vm, system);
  }

  /**
   * Takes a device that no lock of its own keeps others from.
   *
   * @throws HostException if somebody has it, with the name
   */
  HostClaims.Claim take(String vm, Path device) {
    String key = HostClaims.key(device);
    HostClaims.Claim claim =
        claims
            .take(key, owner(vm))
            .orElseThrow(
                () -> new HostException("%s is in use by %s".formatted(device, name(key))));
    taken.add(claim);
    return claim;
  }

  private String name(String key) {
    return claims.holder(key).orElse("another Atoll") + "; end that one, or give another";
  }

  /**
   * Takes a disk that the guest writes: its image has a lock of its own, and a device of the host
   * must not be mounted.
   *
   * @param opener opens it
   */
  <T> T disk(String vm, Optional<Path> file, boolean readOnly, Supplier<T> opener) {
    if (file.isEmpty() || readOnly) {
      return named(file.map(HostClaims::key), opener);
    }
    if (FileType.of(file.get()) == FileType.BLOCK_DEVICE) {
      taken.add(named(file.map(HostClaims::key), () -> HeldDevice.hold(file.get())));
    }
    return lockedItself(vm, HostClaims.key(file.get()), opener);
  }

  /** Takes what has a lock of its own; who has it is told to those that are refused. */
  <T> T lockedItself(String vm, String key, Supplier<T> opener) {
    T opened = named(Optional.of(key), opener);
    try {
      claims.take(key, owner(vm)).ifPresent(claim -> taken.add(claim::forget));
    } catch (HostException e) {
      // It is locked; only its owner's name cannot be told.
    }
    return opened;
  }

  /**
   * Takes the folders that a guest uses, alone or with others.
   *
   * @return these
   * @throws HostException if somebody has one so that both cannot be, with the name
   */
  List<ShareSpec> folders(String vm, List<ShareSpec> shares) {
    List<HostClaims.FolderUse> uses =
        shares.stream()
            .map(share -> new HostClaims.FolderUse(share.folder(), share.exclusive()))
            .toList();
    if (!uses.isEmpty()) {
      taken.add(claims.takeFolders(uses, owner(vm)));
    }
    return shares;
  }

  /** A refusal has the name of who has it, if that is known. */
  private <T> T named(Optional<String> key, Supplier<T> opener) {
    try {
      return opener.get();
    } catch (HostException e) {
      throw key.flatMap(claims::holder)
          .map(who -> new HostException("%s (it belongs to %s)".formatted(e.getMessage(), who), e))
          .orElse(e);
    }
  }

  @Override
  public void close() {
    for (AutoCloseable each : taken) {
      try {
        each.close();
      } catch (Exception e) {
        // It goes with the process.
      }
    }
    taken.clear();
  }
}
