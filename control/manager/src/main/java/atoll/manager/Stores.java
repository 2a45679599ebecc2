package atoll.manager;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.HostClaims;
import atoll.image.FirmwareCache;
import atoll.image.ImageCache;
import atoll.image.ImagePull;
import atoll.image.ImageStore;
import atoll.image.MirrorFinder;
import atoll.image.Progress;
import atoll.image.UserDisks;
import atoll.image.UserFolder;
import atoll.image.VariableFiles;
import atoll.keys.Keyring;
import atoll.snapshot.SnapshotStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/**
 * What Atoll has in the user's folders: images, firmware, disks, snapshots, keys. Each is looked up
 * anew, for whoever is told of what takes long.
 */
final class Stores {
  private final Clock clock;
  private final Effects effects;
  private final UnaryOperator<String> environment;
  private final Path cache;

  /**
   * @param clock the host's
   * @param environment the process's variables by name; null where not set
   */
  Stores(Clock clock, Effects effects, UnaryOperator<String> environment) {
    this.clock = clock;
    this.effects = effects;
    this.environment = environment;
    cache = folder(UserFolder.CACHE);
  }

  private Path folder(UserFolder which) {
    return which.locate(environment, System::getProperty);
  }

  /** The user's folder for what can be fetched or made again. */
  Path cache() {
    return cache;
  }

  /** The user's folder for what cannot be made again. */
  Path data() {
    return folder(UserFolder.DATA);
  }

  /** The images that there are. */
  ImageStore store(EventListener listener) {
    return new ImageStore(cache, new WorkEvents(listener));
  }

  /** Fetches images into the store. */
  ImagePull pull(EventListener listener) {
    return new ImagePull(
        store(listener), environment, clock, effects.tasks(), new WorkEvents(listener));
  }

  /** The disks that users have of images that they run. */
  UserDisks disks(EventListener listener) {
    return UserDisks.ofImages(data(), new WorkEvents(listener));
  }

  /** The disks that VMs of scenarios have of images. */
  ImageDisks imageDisks(EventListener listener) {
    return new ImageDisks(store(listener), data(), new WorkEvents(listener));
  }

  /** Where firmware keeps its variables. */
  VariableFiles variables() {
    return new VariableFiles(data());
  }

  /** What guests are entered with. */
  BootChoice boots(EventListener listener) {
    return new BootChoice(images(listener), firmware(listener));
  }

  /** UEFI firmware. */
  FirmwareCache firmware(EventListener listener) {
    Progress progress = new WorkEvents(listener);
    return new FirmwareCache(cache, mirrors(progress), progress);
  }

  /** Our Linux. */
  ImageCache images(EventListener listener) {
    Progress progress = new WorkEvents(listener);
    return new ImageCache(cache, mirrors(progress), progress);
  }

  /** Finds out where packages are fetched from. */
  MirrorFinder mirrors(Progress progress) {
    return new MirrorFinder(environment, clock, effects.tasks(), progress);
  }

  /** The snapshots that there are. */
  SnapshotStore snapshots(EventListener listener) {
    return new SnapshotStore(snapshotFolder(), clock, new WorkEvents(listener));
  }

  /** Where these are. */
  Path snapshotFolder() {
    return data().resolve("snapshots");
  }

  /** With what is gone once its system has ended. */
  Path runFolder() {
    return data().resolve(RunningSystem.RUNS);
  }

  /** Who has what of the host: it goes with the host's present start, if there is such a folder. */
  HostClaims claims() {
    String running = environment.apply("XDG_RUNTIME_DIR");
    boolean there = running != null && Files.isDirectory(Path.of(running));
    return new HostClaims((there ? Path.of(running, "atoll") : data()).resolve("claims"));
  }

  /** The user's own keys, and those of hosts. */
  Keyring keyring() {
    return new Keyring(folder(UserFolder.CONFIG));
  }
}
