package atoll.manager;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.HostException;
import atoll.image.LinuxImages;
import atoll.image.RefusedException;
import atoll.kernel.KernelException;
import atoll.scenario.ConsoleKind;
import atoll.scenario.Guest;
import atoll.scenario.Scenario;
import atoll.scenario.Secrecy;
import atoll.snapshot.Snapshot;
import atoll.vmm.VmException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Has systems go on from a snapshot of an earlier boot of the same, and has one kept of those that
 * boot (docs/snapshots.md). Whatever is wrong with a snapshot, the system boots.
 */
final class SecondStarts {
  private final Path cache;
  private final Clock clock;
  private final Effects effects;
  private final Supplier<Optional<LinuxImages>> stock;
  private final Systems systems;

  /** Held while a system is being saved. */
  private final Object saving;

  /** Follows the boot of a system that is to be kept; null if there is none. */
  private volatile BootWatch watch;

  /** The latest; null before the first. */
  private volatile Wish wish;

  /** A system that is asked for, and what there is of an earlier boot. */
  private record Wish(SystemAction.CreateSystem action, Optional<WarmStart> warm) {}

  /** How systems are made. */
  interface Systems {
    /**
     * Makes one, ready to start.
     *
     * @param from what it goes on from, if it does
     */
    RunningSystem make(
        SystemAction.CreateSystem action, Optional<SystemRestore> from, EventListener listener);

    /** Gives one back that has not been started. */
    void discard(RunningSystem made);
  }

  /**
   * @param cache the user's folder for what can be made again
   * @param clock the host's
   * @param stock our Linux, if it is there
   * @param saving held while a system is being saved
   */
  SecondStarts(
      Path cache,
      Clock clock,
      Effects effects,
      Supplier<Optional<LinuxImages>> stock,
      Systems systems,
      Object saving) {
    this.cache = cache;
    this.clock = clock;
    this.effects = effects;
    this.stock = stock;
    this.systems = systems;
    this.saving = saving;
  }

  /** Whether a system would go on from a snapshot. */
  boolean present(SystemAction.CreateSystem action) {
    return of(action).filter(WarmStart::present).isPresent();
  }

  /** Something is about to be done by a face, or for it. */
  void acted(VmAction<?> action) {
    BootWatch watching = watch;
    if (watching != null) {
      watching.acted(action);
    }
  }

  /** Makes a system: one that goes on, or one that boots. */
  void make(SystemAction.CreateSystem action, EventListener listener) {
    Optional<WarmStart> warm = of(action);
    if (warm.isEmpty()) {
      RunningSystem ignored = systems.make(action, Optional.empty(), listener);
    } else if (!goOn(warm.get(), action, listener)) {
      boot(warm.get(), action, listener);
    }
  }

  /** A face asks first whether there is one, and then has it made. */
  @SuppressWarnings("ReferenceEquality") // the same wish; another may come when files have changed
  private Optional<WarmStart> of(SystemAction.CreateSystem action) {
    Wish last = wish;
    if (last == null || last.action != action) {
      last = new Wish(action, find(action));
      wish = last;
    }
    return last.warm;
  }

  private Optional<WarmStart> find(SystemAction.CreateSystem action) {
    if (!action.warm()
        || !WarmKey.suits(action)
        || !Secrets.allow(action.scenario().vms(), Secrecy.Leave.SNAPSHOT)) {
      return Optional.empty();
    }
    Scenario scenario = action.scenario();
    Guest.Linux linux = (Guest.Linux) scenario.vms().getFirst().guest();
    Guest.Linux shown = new Guest.Linux(linux.mirror(), action.terminal(), linux.images());
    return stock
        .get()
        .map(images ->
            new WarmStart(
                scenario, images, BootChoice.linux(shown, images).commandLine(), cache, clock));
  }

  /** False if there is nothing to go on from, or nothing that can be used. */
  private boolean goOn(WarmStart warm, SystemAction.CreateSystem action, EventListener listener) {
    try {
      Optional<Snapshot> found = warm.find();
      if (found.isEmpty()) {
        return false;
      }
      Optional<SnapshotProof> proof = prove(warm, found.get());
      RunningSystem made = goOn(found.get(), action, listener);
      proof.ifPresent(begun -> require(begun, made));
      return true;
    } catch (RefusedException | VmException | HostException | KernelException e) {
      tell(
          action.scenario(),
          "linux boots, since the snapshot of its boot cannot be used: " + e.getMessage(),
          listener);
      warm.forget();
      return false;
    }
  }

  /** Nothing if there is nothing to be proved any more. */
  private Optional<SnapshotProof> prove(WarmStart warm, Snapshot found) {
    return warm.isProved(found)
        ? Optional.empty()
        : warm.find().map(again -> SnapshotProof.begin(again, effects.tasks(), warm::proved));
  }

  private RunningSystem goOn(
      Snapshot snapshot, SystemAction.CreateSystem action, EventListener listener) {
    Optional<Bytes> screen = WarmStart.screen(snapshot);
    try (SystemRestore from = new SystemRestore(snapshot)) {
      return systems.make(
          action,
          Optional.of(from),
          event -> show(event, Event.Beginning.SECOND, screen, listener));
    }
  }

  private void require(SnapshotProof proof, RunningSystem made) {
    try {
      proof.require(late -> made.stop());
    } catch (RefusedException e) {
      systems.discard(made);
      throw e;
    }
  }

  /** The console shows what it had shown before, once the guest goes on. */
  static void show(
      Event event, Event.Beginning as, Optional<Bytes> screen, EventListener listener) {
    if (event instanceof Event.LifeBegan(String vm, int life, Event.Beginning why)
        && why == Event.Beginning.SNAPSHOT) {
      listener.accept(new Event.LifeBegan(vm, life, as));
      screen.ifPresent(shown -> listener.accept(new Event.Printed(vm, ConsoleKind.VIRTIO, shown)));
    } else {
      listener.accept(event);
    }
  }

  /** Boots a system, and has its boot kept once that has come to rest. */
  private void boot(WarmStart warm, SystemAction.CreateSystem action, EventListener listener) {
    BootWatch watching = new BootWatch();
    watch = watching; // before there is anything to act on
    RunningSystem booting = systems.make(action, Optional.empty(), listener.and(watching));
    booting.watch(
        watching,
        () ->
            effects
                .tasks()
                .start("snapshot of the boot", () -> keep(warm, booting, watching, listener)));
  }

  private void keep(
      WarmStart warm, RunningSystem booted, BootWatch watching, EventListener listener) {
    try {
      synchronized (saving) {
        warm.keep(booted, watching);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      if (watching.untouched()) {
        tell(
            booted.scenario(),
            "the next start boots, too, since this boot cannot be kept: " + e.getMessage(),
            listener);
      }
    }
  }

  private static void tell(Scenario scenario, String text, EventListener listener) {
    listener.accept(new Event.Noticed(scenario.vms().getFirst().name(), text));
  }
}
