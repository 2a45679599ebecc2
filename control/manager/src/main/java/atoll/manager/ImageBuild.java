package atoll.manager;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.host.HostException;
import atoll.image.ImageCache;
import atoll.image.ImageFiles;
import atoll.image.ImagePreparation;
import atoll.image.ImageStore;
import atoll.image.LinuxImages;
import atoll.image.MirrorFinder;
import atoll.image.PreparedImage;
import atoll.image.Progress;
import atoll.image.Recipe;
import atoll.image.RefusedException;
import atoll.scenario.ConsoleKind;
import atoll.scenario.DiskSpec;
import atoll.scenario.Guest;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import atoll.vmm.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/** Makes an image: what can be done outside, then the rest in a VM that builds it. Used once. */
final class ImageBuild {
  /** Far more than a large image takes on a slow host; a builder that hangs ends sometime. */
  private static final Duration PATIENCE = Duration.ofHours(6);

  /** Between two looks whether it has failed. */
  private static final Duration GLANCE = Duration.ofSeconds(1);

  private static final String VM = "builder";
  private static final long MEMORY = 1L << 30;

  private final ImageAction.BuildImage action;
  private final ImageStore store;
  private final ImageCache stock;
  private final MirrorFinder mirrors;
  private final BiFunction<SystemAction.CreateSystem, EventListener, RunningSystem> systems;
  private final Progress progress;
  private final Clock clock;
  private final Effects effects;

  /**
   * @param stock has the guest that builds
   * @param systems makes them, ready to start
   */
  ImageBuild(
      ImageAction.BuildImage action,
      ImageStore store,
      ImageCache stock,
      MirrorFinder mirrors,
      BiFunction<SystemAction.CreateSystem, EventListener, RunningSystem> systems,
      Progress progress,
      Clock clock,
      Effects effects) {
    this.action = action;
    this.store = store;
    this.stock = stock;
    this.mirrors = mirrors;
    this.systems = systems;
    this.progress = progress;
    this.clock = clock;
    this.effects = effects;
  }

  /** The image, made unless it is there already and is of this recipe. */
  ImageFiles build() {
    Optional<ImageFiles> present = present();
    if (present.isPresent()) {
      return present.get();
    }
    try (ImageStore.Draft draft = store.begin()) {
      // Another process may have made it while this one waited.
      Optional<ImageFiles> made = present();
      return made.isPresent() ? made.get() : build(draft);
    } catch (IOException e) {
      throw new RefusedException(
          "the image %s cannot be kept: %s; check the cache folder and the space there"
              .formatted(action.recipe().name(), HostException.reason(e)),
          e);
    }
  }

  private Optional<ImageFiles> present() {
    return action.again()
        ? Optional.empty()
        : store
            .find(action.recipe().name())
            .filter(image -> image.manifest().recipe().equals(action.recipe().digest()));
  }

  private ImageFiles build(ImageStore.Draft draft) throws IOException {
    long start = clock.nanos();
    Recipe recipe = action.recipe();
    LinuxImages builder = stock.linux(action.mirror(), false);
    PreparedImage prepared =
        new ImagePreparation(store, mirrors, clock, effects.tasks(), progress)
            .prepare(recipe, action.mirror(), builder, draft.folder());
    run(recipe, builder, prepared);
    Files.delete(prepared.archive());
    if (recipe.boot() == Recipe.Boot.VERITY) {
      prepared.seal(recipe, progress);
    }
    return finish(draft, prepared, start);
  }

  private ImageFiles finish(ImageStore.Draft draft, PreparedImage prepared, long start)
      throws IOException {
    progress.begin("recording what was made", 0);
    try {
      Duration took = Duration.ofNanos(clock.nanos() - start);
      Instant now = Instant.EPOCH.plusNanos(clock.epochNanos());
      return draft.finish(
          prepared.image(),
          prepared.manifest(action.recipe(), now, Duration.ofSeconds(took.toSeconds()), progress));
    } finally {
      progress.end();
    }
  }

  private void run(Recipe recipe, LinuxImages builder, PreparedImage prepared) throws IOException {
    Path log = store.log(recipe.name());
    progress.begin(
        "configuring " + recipe.name(), prepared.packages().size(), Progress.Unit.PACKAGES);
    try (BuilderConsole console = new BuilderConsole(Files.newOutputStream(log), progress);
        RunningSystem system = systems.apply(system(recipe, builder, prepared), console)) {
      system.start();
      boolean ended = awaitEnd(system, console);
      Optional<Outcome> outcome = system.statistics().vms().getFirst().last();
      boolean whole = ended && console.done() && console.failure().isEmpty();
      if (!whole || !outcome.equals(Optional.of(new Outcome.Poweroff(0)))) {
        throw new RefusedException(
            "the image %s could not be built: %s; the builder's last lines were:\n%s\nall that it said is in %s"
                .formatted(recipe.name(), reason(console, outcome), console.last(), log));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RefusedException("interrupted in the middle of a build; start it again", e);
    } finally {
      progress.end();
    }
  }

  /** A builder that has failed has nothing more to do. */
  private boolean awaitEnd(RunningSystem system, BuilderConsole console)
      throws InterruptedException {
    long end = clock.nanos() + PATIENCE.toNanos();
    boolean ended = false;
    while (!ended && clock.nanos() < end && console.failure().isEmpty()) {
      ended = system.awaitEnd(GLANCE);
    }
    return ended;
  }

  private static String reason(BuilderConsole console, Optional<Outcome> outcome) {
    return console
        .failure()
        .orElseGet(() ->
            outcome
                .map(end -> "the builder ended early: " + end)
                .orElse("the builder did not end"));
  }

  private SystemAction.CreateSystem system(
      Recipe recipe, LinuxImages builder, PreparedImage prepared) {
    String parted = recipe.boot() == Recipe.Boot.UEFI ? " " + PreparedImage.UEFI : "";
    Guest.Images images =
        new Guest.Images(
            Optional.of(builder.kernel()),
            Optional.empty(),
            Optional.of(prepared.initramfs()),
            Optional.empty(),
            "console=ttyS0 panic=-1 quiet " + PreparedImage.INIT + parted);
    VmDescription vm =
        VmDescription.builder(VM, new Guest.Custom(images))
            .memory(MEMORY)
            .engine(action.engine())
            .vcpus(action.cpus())
            .disks(
                List.of(
                    new DiskSpec(prepared.disk(), false), new DiskSpec(prepared.archive(), true)))
            .console(ConsoleKind.SERIAL)
            .build();
    return new SystemAction.CreateSystem(Scenario.of(vm), Guest.Linux.NO_TERMINAL, Map.of());
  }
}
