package atoll.manager;

import atoll.disk.DiskImages;
import atoll.disk.ImageFiles;
import atoll.host.HostException;
import atoll.host.PlatformClock;
import atoll.host.Timers;
import atoll.image.RefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Disks of a system that moves which both hosts reach by the same path, such as on NFS. They are
 * not copied; the one that runs it holds them. That the other host sees the same folder is proved
 * by a file that is made there for the move. Used once, by one thread.
 */
final class SharedDisks implements AutoCloseable {
  /** Names of files that are made for the proof. */
  static final Pattern MARK = Pattern.compile("\\.atoll-move-[0-9]{1,20}");

  /** How long the other host may take to give a disk back that it has opened in vain. */
  private static final long PATIENCE = Duration.ofSeconds(20).toNanos();

  /** How often it is looked whether it has. */
  private static final long LOOK = Duration.ofMillis(20).toNanos();

  private final List<DiskBay> bays = new ArrayList<>();
  private final List<DiskBay> changing = new ArrayList<>();
  private final Map<DiskBay, Path> marks = new LinkedHashMap<>();

  /**
   * Those in some folders.
   *
   * @param all disks of the system
   * @throws RefusedException if there is none in one of the folders, or one needs a file outside
   */
  SharedDisks(List<DiskBay> all, List<Path> folders) {
    List<Path> real = folders.stream().map(SharedDisks::real).toList();
    for (DiskBay bay : all) {
      bay.image()
          .file()
          .filter(file -> isIn(real, file))
          .ifPresent(file -> {
            requireWhole(bay, real);
            bays.add(bay);
          });
    }
    for (Path folder : real) {
      if (bays.stream().noneMatch(bay -> isIn(List.of(folder), fileOf(bay)))) {
        throw new RefusedException("no disk that moves is in " + folder);
      }
    }
  }

  private static Path real(Path folder) {
    try {
      return folder.toRealPath();
    } catch (IOException e) {
      throw new RefusedException(
          "%s, which is to be shared, cannot be used: %s"
              .formatted(folder, HostException.reason(e)),
          e);
    }
  }

  private static boolean isIn(List<Path> folders, Path file) {
    Path real = real(file);
    return folders.stream().anyMatch(real::startsWith);
  }

  private static Path fileOf(DiskBay bay) {
    return bay.image().file().orElseThrow();
  }

  private static void requireWhole(DiskBay bay, List<Path> folders) {
    files(ImageFiles.of(bay.image(), bay.medium().format()))
        .filter(file -> !isIn(folders, file))
        .findFirst()
        .ifPresent(file -> {
          throw new RefusedException(
              "%s needs %s, which is in none of the shared folders".formatted(bay.image(), file));
        });
  }

  private static Stream<Path> files(ImageFiles images) {
    return images.images().stream()
        .flatMap(layer -> Stream.concat(layer.image().file().stream(), layer.data().stream()));
  }

  /** Makes the proof; none of them gets another image until this is closed. */
  void begin() {
    for (DiskBay bay : bays) {
      if (!bay.beginChange()) {
        throw new RefusedException(
            "the image of %s is being changed; try again when that is over".formatted(bay.name()));
      }
      changing.add(bay);
      Path folder = fileOf(bay).toAbsolutePath().getParent();
      try {
        marks.put(bay, Files.createTempFile(folder, ".atoll-move-", ""));
      } catch (IOException e) {
        throw new RefusedException(
            "nothing can be put into %s, so it cannot be seen whether the other host has the same folder: %s"
                .formatted(folder, HostException.reason(e)),
            e);
      }
    }
  }

  boolean has(DiskBay bay) {
    return bays.contains(bay);
  }

  /** What the other host is told. */
  List<MovedSystem.Shared> told() {
    return marks.entrySet().stream()
        .map(each ->
            new MovedSystem.Shared(each.getKey().name(), each.getValue().getFileName().toString()))
        .toList();
  }

  /** Lets the other host have them. */
  void handOver() throws IOException {
    for (DiskBay bay : bays) {
      bay.handOver();
    }
  }

  /**
   * Has them again.
   *
   * @param clock of the timers, which runs
   * @param listener told of what happens to them later
   * @throws HostException if the other host does not give them back
   */
  void takeBack(PlatformClock clock, Timers timers, EventListener listener)
      throws InterruptedException {
    long end = clock.nanos() + PATIENCE;
    for (DiskBay bay : bays) {
      while (!takenBack(bay, listener, clock.nanos() > end)) {
        CountDownLatch later = new CountDownLatch(1);
        Timers.Armed ignored = timers.at(clock.nanos() + LOOK, later::countDown);
        later.await();
      }
    }
  }

  private static boolean takenBack(DiskBay bay, EventListener listener, boolean last) {
    try {
      bay.takeBack(text -> listener.accept(notice(bay, text)));
      return true;
    } catch (HostException e) {
      if (last) {
        throw e;
      }
      return false;
    }
  }

  /** What a person is told of a disk. */
  static Event notice(DiskBay bay, String text) {
    return new Event.Noticed(vm(bay.name()), text);
  }

  private static String vm(String bay) {
    return bay.split("/", -1)[0];
  }

  /** The other host needs the proof no longer. */
  @Override
  public void close() {
    for (Path mark : marks.values()) {
      try {
        Files.deleteIfExists(mark);
      } catch (IOException e) {
        // An empty file more.
      }
    }
    changing.forEach(DiskBay::endChange);
  }

  // ------------------------------------------------------------ at the other host

  /**
   * Looks whether disks that are said to be here are, and may be used.
   *
   * @param shared as the other host says
   * @throws RefusedException if not
   */
  static void requireHere(SavedSystem system, List<MovedSystem.Shared> shared, LentFiles lent) {
    for (MovedSystem.Shared each : shared) {
      SavedSystem.Disk disk =
          system.disks().stream()
              .filter(known -> known.name().equals(each.disk()))
              .findFirst()
              .orElseThrow(() -> new RefusedException("there is no disk " + each.disk()));
      requireHere(disk, each.mark(), lent);
    }
  }

  /** Nothing is looked at that is not lent; an image can name others, which must be lent too. */
  private static void requireHere(SavedSystem.Disk disk, String mark, LentFiles lent) {
    Path file =
        disk.image().file().orElseThrow(() -> new RefusedException(disk.name() + " is in no file"));
    lent.require(vm(disk.name()), file);
    Path proof = file.resolveSibling(mark);
    if (!Files.exists(proof)) {
      throw new RefusedException(
          "%s there is another folder than that of the same name here: what was put there is not in it; without --shared, disks are copied"
              .formatted(proof.getParent()));
    }
    files(ImageFiles.of(disk.image(), disk.format()))
        .forEach(each -> lent.require(vm(disk.name()), each));
    var ignored = DiskImages.inspect(disk.image(), disk.format(), disk.readOnly());
  }
}
