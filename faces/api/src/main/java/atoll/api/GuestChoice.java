package atoll.api;

import atoll.disk.DiskFormat;
import atoll.disk.ImageOptions;
import atoll.image.GuestProgram;
import atoll.image.ImageFiles;
import atoll.image.MirrorChoice;
import atoll.manager.DiskAction;
import atoll.manager.Event;
import atoll.manager.ImageAction;
import atoll.scenario.DiskSpec;
import atoll.scenario.Guest;
import atoll.scenario.RecipeReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/** Finds or makes what a VM runs. */
final class GuestChoice {
  /** The VM that makes an image has work for so many. */
  private static final int BUILDER_HARTS = 2;

  private final Operator operator;
  private final Workspace files;
  private final Consumer<String> progress;

  GuestChoice(Operator operator, Workspace files, Consumer<String> progress) {
    this.operator = operator;
    this.files = files;
    this.progress = progress;
  }

  /** A program that comes with Atoll. */
  static Guest builtin(String name, String words) {
    GuestProgram program =
        GuestProgram.of(name)
            .orElseThrow(() ->
                new AtollException(
                    "there is no program '%s' in Atoll, expected one of %s"
                        .formatted(name, GuestProgram.ids())));
    return new Guest.Program(program, words);
  }

  /**
   * A system on a disk that was made from an image; the image that comes with Atoll is made if it
   * is not there.
   *
   * @param disks gets a disk that has what the guest changes, and goes at the end
   */
  Guest installed(String name, Guest.Images own, List<DiskSpec> disks) {
    ImageFiles image = image(name);
    Path disk = files.file("disk.qcow2");
    Long size =
        operator.performApart(
            new DiskAction.CreateDisk(
                disk,
                OptionalLong.empty(),
                ImageOptions.usual(DiskFormat.QCOW2)
                    .over(image.disk().toString(), DiskFormat.RAW)));
    assert size > 0;
    disks.addFirst(new DiskSpec(disk, false));
    return image.manifest().uefi()
        ? new Guest.Uefi(
            MirrorChoice.USUAL,
            Optional.empty(),
            Optional.of(files.file("variables.fd")),
            List.of())
        : new Guest.Installed(
            name,
            Guest.Linux.NO_TERMINAL,
            new Guest.Images(
                own.kernel().or(() -> Optional.of(image.kernel())),
                Optional.empty(),
                own.initrd().or(() -> Optional.of(image.initramfs())),
                Optional.empty(),
                own.append()),
            List.of());
  }

  private ImageFiles image(String name) {
    Optional<ImageFiles> found =
        operator.performApart(new ImageAction.ListImages()).stream()
            .filter(image -> image.manifest().name().equals(name))
            .findFirst();
    return found.orElseGet(() -> {
      if (!name.equals(RecipeReader.DEBIAN)) {
        throw new AtollException(
            "there is no image '%s'; make it with: atoll image build RECIPE.yaml".formatted(name));
      }
      return build();
    });
  }

  private ImageFiles build() {
    return Operator.join(
        operator.begin(
            new ImageAction.BuildImage(
                RecipeReader.debian(), MirrorChoice.USUAL, false, "auto", BUILDER_HARTS),
            event -> {
              if (event instanceof Event.StepBegan began) {
                progress.accept(began.step());
              }
            }));
  }
}
