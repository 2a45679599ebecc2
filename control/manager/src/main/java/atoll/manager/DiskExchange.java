package atoll.manager;

import atoll.device.spi.BlockBackend;
import atoll.disk.ReportedDisk;
import atoll.host.HostException;
import atoll.image.RefusedException;
import atoll.scenario.DiskSpec;
import atoll.vmm.VirtualMachine;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Puts another image in the place of a disk's. The new one is opened first, so that a refusal
 * changes nothing; then the requests under way come to their end on the old one, which is closed
 * last. Nothing that a vCPU needs is held while this waits. Used once.
 */
final class DiskExchange {
  /** How long requests that are under way may take. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final int SECTOR = 512;

  private final BoardAction.ChangeDisk change;
  private final VmSupervisor supervisor;
  private final VmDisks disks;
  private final Consumer<String> notices;

  /**
   * @param notices gets a sentence if something is the matter with an image, on any thread
   */
  DiskExchange(
      BoardAction.ChangeDisk change,
      VmSupervisor supervisor,
      VmDisks disks,
      Consumer<String> notices) {
    this.change = change;
    this.supervisor = supervisor;
    this.disks = disks;
    this.notices = notices;
  }

  /**
   * Does it.
   *
   * @throws RefusedException if it cannot be done; then nothing has changed
   */
  void perform() throws InterruptedException {
    DiskBay bay = disks.beginChange(change.disk());
    try {
      BlockBackend opened = open(bay);
      Optional<DiskBay.Medium> before = Optional.empty();
      try {
        before = Optional.of(exchange(bay, opened));
      } finally {
        if (before.isEmpty()) {
          giveBack(opened);
        }
      }
      close(before.get());
    } finally {
      bay.endChange();
    }
  }

  /** As writable as a guest that runs has found it, which cannot be told otherwise. */
  private BlockBackend open(DiskBay bay) {
    DiskSpec described = supervisor.description().disks().get(change.disk());
    boolean found = supervisor.hasLife();
    if (found && change.readOnly() && !bay.readOnly()) {
      throw new RefusedException(
          "%s, is writable for its guest, which cannot be told otherwise; leave ro out, or stop %s first"
              .formatted(disks.name(change.disk()), change.vm()));
    }
    boolean readOnly = change.readOnly() || (found ? bay.readOnly() : described.readOnly());
    BlockBackend opened =
        ReportedDisk.open(change.image(), change.format(), readOnly, bay.limits(), notices);
    if (opened.size() == 0 || opened.size() % SECTOR != 0) {
      giveBack(opened);
      throw new RefusedException(
          "%s has %d bytes, expected a multiple of %d"
              .formatted(change.image(), opened.size(), SECTOR));
    }
    return opened;
  }

  /** In a life that ends meanwhile nothing needs to be held; in the next one again. */
  private DiskBay.Medium exchange(DiskBay bay, BlockBackend opened) throws InterruptedException {
    Optional<DiskBay.Medium> before = Optional.empty();
    while (before.isEmpty()) {
      Optional<VirtualMachine> life = supervisor.machine();
      before = life.isPresent() ? held(life.get(), bay, opened) : put(life, bay, opened);
    }
    return before.get();
  }

  private Optional<DiskBay.Medium> held(VirtualMachine life, DiskBay bay, BlockBackend opened)
      throws InterruptedException {
    try {
      Void ignored =
          life.devices().holdDisk(change.disk()).get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
      Optional<DiskBay.Medium> before = put(Optional.of(life), bay, opened);
      if (before.isPresent()) {
        life.devices().diskResized(change.disk());
      }
      return before;
    } catch (TimeoutException e) {
      throw new RefusedException(
          "%s, still has requests of its guest under way after %d s, and keeps its image; try again"
              .formatted(disks.name(change.disk()), PATIENCE.toSeconds()),
          e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the end of requests does not complete with an error", e);
    } finally {
      life.devices().releaseDisk(change.disk());
    }
  }

  private Optional<DiskBay.Medium> put(
      Optional<VirtualMachine> life, DiskBay bay, BlockBackend opened) {
    return supervisor.during(
        life,
        () -> {
          if (supervisor.hasLife() && opened.readOnly() != bay.readOnly()) {
            throw new RefusedException(
                "%s has been started meanwhile, and keeps its disk; try again"
                    .formatted(change.vm()));
          }
          return bay.put(new DiskBay.Medium(change.image(), change.format(), opened));
        });
  }

  /** Nobody has written to it. */
  private static void giveBack(BlockBackend unused) {
    try {
      unused.close();
    } catch (IOException e) {
      // Nothing of it was wanted.
    }
  }

  private void close(DiskBay.Medium before) {
    try (BlockBackend disk = before.disk()) {
      if (!disk.readOnly()) {
        disk.flush();
      }
    } catch (IOException e) {
      notices.accept(
          "what was last written to %s may be lost (%s), which was disk %d until now; check the host's disk"
              .formatted(before.image(), HostException.reason(e), change.disk()));
    }
  }
}
